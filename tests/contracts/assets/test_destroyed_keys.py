"""What is left of the keys of deleted assets in the files of SQLite."""

from base64 import b64encode
from dataclasses import replace
from os import urandom
from pathlib import Path

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import WrappedKey

from .engines import on_sqlite, sqlite_database
from .samples import a_ready_asset

FILES = ("emo.sqlite3", "emo.sqlite3-wal")
MANY = 60


def an_asset() -> tuple[Asset, bytes]:
    """A complete one, and its wrapped key as it is stored."""
    asset, key = a_ready_asset(), urandom(60)
    assert asset.content is not None
    asset.content = replace(asset.content, wrapped_key=WrappedKey("kek-1", key))
    return asset, b64encode(key)


def traces(folder: Path, key: bytes) -> list[str]:
    """The files that hold it."""
    return [name for name in FILES if key in (folder / name).read_bytes()]


async def test_no_trace_of_destroyed_keys(tmp_path: Path) -> None:
    """Once the WAL is emptied, neither file holds a key of a deleted asset; those of others are untouched."""
    async with sqlite_database(tmp_path) as database:
        engine = on_sqlite(database)
        made = [an_asset() for _ in range(MANY)]
        for asset, _ in made:
            await engine.save(asset)
        assert await database.empty_wal()
        doomed, kept = made[::2], made[1::2]
        assert all(traces(tmp_path, key) == ["emo.sqlite3"] for _, key in made)
        for asset, _ in doomed:
            await engine.remove(asset)
        assert await database.empty_wal()
        assert (tmp_path / "emo.sqlite3-wal").stat().st_size == 0
        assert [traces(tmp_path, key) for _, key in doomed] == [[]] * len(doomed)
        assert all(traces(tmp_path, key) == ["emo.sqlite3"] for _, key in kept)
