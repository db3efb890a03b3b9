"""What is read of a manifest that anybody may have written."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from emo_grpc.backup.errors import BackupDamaged
from emo_grpc.backup.manifest import DATABASE, FILE_LIST, KEYS, MAX_BYTES, Manifest, Sum
from rpc.backups.forgery import forged

SUM = {"size": 1, "sha256": "00"}
SUMS = {DATABASE: SUM, FILE_LIST: SUM}
MANIFEST = Manifest(
    backup_id="20261127T020000.118273Z-6b1f03aa",
    create_time=datetime(2026, 11, 27, 2, tzinfo=UTC),
    installation=UUID(int=7),
    emo_version="1.0",
    kek_ids=("0011223344556677",),
    file_count=1,
    file_bytes=1,
    left_out=0,
    sums={DATABASE: Sum(1, "00"), FILE_LIST: Sum(1, "00")},
)


def test_a_forged_one_that_says_nothing_odd() -> None:
    """Whoever writes to a place can forge a backup as a whole."""
    assert Manifest.from_bytes(forged(MANIFEST)) == MANIFEST
    assert Manifest.from_bytes(forged(MANIFEST, sums=SUMS | {KEYS: SUM})).sums[KEYS] == Sum(1, "00")


@pytest.mark.parametrize(
    "changes",
    [
        {"backup_id": "../../elsewhere"},
        {"backup_id": 7},
        {"create_time": "2026-11-27T10:00:00"},
        {"emo_version": ["\x1b[2J"]},
        {"kek_ids": [7]},
        {"file_count": "\x1b[2J"},
        {"file_bytes": float("nan")},
        {"file_bytes": -1},
        {"left_out": True},
        {"sums": {}},
        {"sums": {DATABASE: SUM}},
        {"sums": {"../planted": SUM} | SUMS},
        {"sums": {"/etc/planted": SUM} | SUMS},
        {"sums": SUMS | {"emo.sqlite3-wal": SUM}},
    ],
    ids=str,
)
def test_what_no_backup_says(changes: dict[str, Any]) -> None:
    """It is refused before anything is done with it, though the text agrees with itself."""
    with pytest.raises(BackupDamaged):
        Manifest.from_bytes(forged(MANIFEST, **changes))


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b" " * (MAX_BYTES + 1), b"", b"\xff", b"null", b"[]", b"{}", b"7"], ids=range(8)
)
def test_what_is_no_manifest(text: bytes) -> None:
    """Whatever lies there, no command stops with a traceback."""
    with pytest.raises(BackupDamaged):
        Manifest.from_bytes(text)
