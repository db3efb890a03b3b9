"""What an export has to know of all its assets, kept on a disk, since there may be any number."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.tree_names import name_key, plain_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import FILES, TRASH, ExportRecord
from emo_grpc.cli.assets.exports.scratch import opened_scratch

SCHEMA: Final = """
CREATE TABLE assets (
    number INTEGER PRIMARY KEY, asset_id TEXT NOT NULL UNIQUE, asset BLOB NOT NULL,
    top TEXT NOT NULL, key TEXT, created INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE INDEX assets_by_key ON assets (key, created, asset_id) WHERE key IS NOT NULL;
CREATE TABLE paths (asset_id TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX paths_by_path ON paths (path);
CREATE TABLE problems (asset_id TEXT PRIMARY KEY, problem TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE taken (key TEXT PRIMARY KEY) WITHOUT ROWID
"""
ADD: Final = """
INSERT INTO assets (asset_id, asset, top, key, created, size) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (asset_id) DO UPDATE
SET asset = excluded.asset, top = excluded.top, key = excluded.key, size = excluded.size
"""
IN_ORDER: Final = "FROM assets WHERE key IS NOT NULL ORDER BY key, created, asset_id"
UNNAMED: Final = """
SELECT top, asset FROM assets WHERE key IS NOT NULL AND asset_id NOT IN (SELECT asset_id FROM paths)
ORDER BY key, created, asset_id
"""
NAMED: Final = "SELECT path, asset FROM paths JOIN assets USING (asset_id)"
RECORDS: Final = """
SELECT asset, path, problem FROM assets LEFT JOIN paths USING (asset_id) LEFT JOIN problems USING (asset_id)
ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class NotedFile:
    """A file to be exported, and its path in the export."""

    asset: Asset
    path: PurePosixPath


class ExportNotes:
    """All assets of an export, the paths of their files, and what is wrong with some. Its methods block."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._folder: PurePath | None = None

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator["ExportNotes"]:
        """In a file in `folder` that is gone at the end. Raises OSError."""
        with opened_scratch(folder, SCHEMA) as connection:
            yield cls(connection)

    def add(self, asset: Asset) -> None:
        """Note one; of one that is noted already, as what moves to the trash meanwhile is, what it is now."""
        top = TRASH if asset.HasField("delete_time") else FILES
        key, created = None, asset.create_time.ToNanoseconds()
        if asset.file.HasField("crc32c"):
            path = PurePath(top, plain_path(WantedAsset.of(asset)))
            key = name_key(path)
            self._take_folders(path)
        size, data = asset.file.size_bytes, asset.SerializeToString()
        self._connection.execute(ADD, (asset.asset_id, data, top, key, created, size))

    def sums(self) -> tuple[int, int, int]:
        """How many assets there are, how many of their files are complete, and the bytes of these."""
        query = "SELECT count(*), count(key), coalesce(sum(size) FILTER (WHERE key IS NOT NULL), 0) FROM assets"
        assets, files, size = self._connection.execute(query).fetchone()
        return assets, files, size

    def rivals(self) -> Iterator[tuple[str, str, Iterator[WantedAsset]]]:
        """The top, the key, and those assets whose files would be one, by key; the one made first comes first."""
        rows = self._connection.execute(f"SELECT top, key, asset {IN_ORDER}")
        for (top, key), group in groupby(rows, itemgetter(0, 1)):
            yield top, key, (WantedAsset.of(Asset.FromString(data)) for _, _, data in group)

    def unnamed(self) -> Iterator[tuple[str, WantedAsset]]:
        """The top and those that have no path yet, in the same order."""
        for top, data in self._connection.execute(UNNAMED):
            yield top, WantedAsset.of(Asset.FromString(data))

    def is_taken(self, key: str) -> bool:
        """Whether a folder or a file has this path, capitals or not."""
        return self._connection.execute("SELECT 1 FROM taken WHERE key = ?", (key,)).fetchone() is not None

    def take(self, asset_id: str, path: PurePath) -> None:
        """Give a file its path."""
        self._connection.execute("INSERT OR IGNORE INTO taken VALUES (?)", (name_key(path),))
        self._connection.execute("INSERT INTO paths VALUES (?, ?)", (asset_id, path.as_posix()))

    def wants(self, path: str, size: int, crc32c: int) -> bool:
        """Whether a file of this path and content is part of the export."""
        row = self._connection.execute(f"{NAMED} WHERE path = ?", (path,)).fetchone()
        file = None if row is None else Asset.FromString(row[1]).file
        return file is not None and (file.size_bytes, file.crc32c) == (size, crc32c)

    def files(self, *, below: int | None = None, least: int = 0) -> Iterator[NotedFile]:
        """Those that have a path, in the order they were noted: from `least` bytes on, and smaller than `below`."""
        query = f"{NAMED} WHERE size >= ? AND size < ? ORDER BY number"
        for path, data in self._connection.execute(query, (least, (1 << 63) - 1 if below is None else below)):
            yield NotedFile(Asset.FromString(data), PurePosixPath(path))

    def note_problem(self, asset_id: str, problem: str) -> None:
        """Say why a file that has a path can't be exported."""
        self._connection.execute("INSERT INTO problems VALUES (?, ?)", (asset_id, problem))

    def records(self, otherwise: str) -> Iterator[ExportRecord]:
        """What stands in the export of each; `otherwise`: what is wrong with those that have no path."""
        for data, path, problem in self._connection.execute(RECORDS):
            why = problem or ("" if path else otherwise)
            yield ExportRecord(Asset.FromString(data), "" if why else path, why)

    def _take_folders(self, path: PurePath) -> None:
        """No file may be called as a folder is; what lies in the folder of the one before is through already."""
        if path.parent != self._folder:
            self._folder = path.parent
            keys: Iterable[tuple[str]] = ((name_key(parent),) for parent in path.parents)
            self._connection.executemany("INSERT OR IGNORE INTO taken VALUES (?)", keys)
