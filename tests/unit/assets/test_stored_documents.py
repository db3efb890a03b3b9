"""Documents of assets as queries on SQLite read them: at one go."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.documents.asset import current_asset, stored_asset
from emo_grpc.assets.adapters.documents.shapes import AssetDocument
from emo_grpc.shared.adapters.json_documents import parse_document
from emo_grpc.shared.adapters.schema_versions import UNREADABLE, UnknownSchemaVersion

PAST = Path(__file__).parents[2] / "fixtures" / "documents"
TODAY = (PAST / "asset-v3-ready.json").read_bytes()


def read_by(read: Callable[[], AssetDocument]) -> AssetDocument | None:
    """None where it can't be read."""
    try:
        return read()
    except UNREADABLE:
        return None


@pytest.mark.parametrize("name", sorted(path.name for path in PAST.glob("asset-v*.json")))
def test_all_versions_read_as_step_by_step(name: str) -> None:
    """A document of any release is the same, read at one go or parsed, brought up to date and checked."""
    text = (PAST / name).read_bytes()
    assert stored_asset(text) == current_asset(parse_document(text))


def test_a_later_release_is_refused() -> None:
    """A document of a later release is not misread, also where it has the shape of today's."""
    later = json.dumps(json.loads(TODAY) | {"schema_version": 4}).encode()
    with pytest.raises(UnknownSchemaVersion, match="version 4"):
        stored_asset(later)


def test_a_flipped_bit_reads_as_step_by_step() -> None:
    """Whichever bit flips, the document is damaged or not whichever way it is read."""
    text = bytearray(TODAY)
    for bit in range(len(text) * 8):
        text[bit // 8] ^= 1 << bit % 8
        flipped = bytes(text)
        assert read_by(lambda: stored_asset(flipped)) == read_by(lambda: current_asset(parse_document(flipped)))  # noqa: B023 - called at once
        text[bit // 8] ^= 1 << bit % 8
