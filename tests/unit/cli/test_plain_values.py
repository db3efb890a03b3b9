"""What commands print when no person reads it."""

import re
from pathlib import Path

import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import World

WITH_A_UNIT = re.compile(r"[0-9](\.[0-9])? ?(B|kB|MB|GB|TB|bytes)\b")
PRINTS_SIZES = [
    *("ls", "stats", "folder ls", "trash ls", "show ID", "rm ID --dry-run", "edit ID --title x --dry-run"),
    *("upload x.bin --dry-run", "upload x.bin", "sync tree --up --dry-run", "import tree --dry-run", "import tree"),
    *("download ID -o copy", "download --all -o out/", "export --to out.zip"),
]


@pytest.mark.parametrize("typed", PRINTS_SIZES)
def test_bytes_are_plain_numbers_in_a_pipe(ann: Emo, world: World, typed: str, tmp_path: Path) -> None:
    """Whatever the command; a unit is for people."""
    (tmp_path / "tree").mkdir()
    for path in ("x.bin", "tree/y.bin"):
        (tmp_path / path).write_bytes(bytes(12345))
    asset_id, trashed = world.store(bytes(1500)), world.store(bytes(2500))
    world.assets[asset_id].asset.folder = "Photos"
    world.assets[trashed].asset.delete_time.GetCurrentTime()
    done = ann(*(asset_id if word == "ID" else word for word in typed.split()))
    assert done.exit_code == 0
    assert done.stdout
    assert not WITH_A_UNIT.search(done.stdout)
