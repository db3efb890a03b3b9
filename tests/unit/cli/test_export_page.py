"""The page on exports, against what an export is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import google_crc32c
import pytest

from emo.assets.v1.assets_pb2 import DATE_PRECISION_DAY, DATE_PRECISION_YEAR, Asset
from emo_grpc.cli.assets.exports.export_format import (
    ACCOUNT,
    ASSETS,
    FILES,
    MANIFEST,
    README,
    README_TEXT,
    TRASH,
    ExportManifest,
    ExportRecord,
)
from unit.cli.conftest import Emo
from unit.client.fake_server import World
from unit.test_docs import rows_of, text_of

PAGE = "docs/export-format.md"
CODE = re.compile("`([^`]+)`")
FENCE = re.compile(r"```(json|py)\n(.*?)```", re.DOTALL)


def example(kind: str, number: int = 0) -> str:
    found: list[tuple[str, str]] = FENCE.findall(text_of(PAGE))
    return [text for each, text in found if each == kind][number]


def test_the_page_tells_of_every_part() -> None:
    """All files of an export, and all fields of an asset, are explained, and none that is not there."""
    parts = {CODE.findall(row[0])[0].strip("/") for row in rows_of(PAGE, "| path | what it is |")}
    assert parts == {ACCOUNT, ASSETS, FILES, MANIFEST, README, TRASH}
    keys = [key for row in rows_of(PAGE, "| key of `asset` | what it is |") for key in CODE.findall(row[0])]
    assert sorted(keys) == sorted(field.name for field in Asset.DESCRIPTOR.fields)


def test_its_examples_are_read() -> None:
    """What it shows is what the code writes and reads."""
    manifest = ExportManifest.from_bytes(example("json").encode())
    assert manifest.to_bytes().decode() == example("json")
    shown = json.loads(example("json", 1))
    record = ExportRecord.from_line(json.dumps(shown).encode())
    assert json.loads(record.to_line()) == shown


def test_its_program_reads_an_export(ann: Emo, world: World, tmp_path: Path) -> None:
    """Who has nothing but Python reads an export as the page says, and no year becomes the one before."""
    asset = world.assets[world.store(b"cake", "IMG.jpg")].asset
    asset.tags.append("family")
    asset.event_date.FromJsonString("1993-12-31T23:00:00Z")
    asset.event_precision, asset.event_zone = DATE_PRECISION_YEAR, "Europe/Madrid"
    other = world.assets[world.store(b"rum", "RUM.jpg")].asset
    other.event_date.FromJsonString("1994-05-05T22:00:00Z")
    other.event_precision, other.event_zone = DATE_PRECISION_DAY, "+02:00"
    world.store(b"tea", "TEA.jpg")
    assert ann("export", "--to", "export").exit_code == 0
    done = subprocess.run(
        [sys.executable, "-I", "-c", example("py")], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert sorted(done.stdout.splitlines()) == [
        "files/IMG.jpg | IMG.jpg | 1994 | family",
        "files/RUM.jpg | RUM.jpg | 1994-05-06 | ",
        "files/TEA.jpg | TEA.jpg |  | ",
    ]


@pytest.mark.parametrize("text", [text_of(PAGE), README_TEXT], ids=["page", "README.txt"])
def test_whoever_has_nothing_but_the_files_knows_which_checksum_it_is(text: str) -> None:
    """By the value that the makers of checksums compare theirs with."""
    assert f" {google_crc32c.value(b'123456789')}" in text
