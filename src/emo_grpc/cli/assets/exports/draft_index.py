"""What is right of the ZIP file that an earlier export was broken off in."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from sqlite3 import Connection, IntegrityError
from threading import Lock
from typing import Final

import google_crc32c

from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import FILES, TRASH
from emo_grpc.cli.assets.exports.scratch import opened_scratch
from emo_grpc.cli.assets.exports.targets import Wants
from emo_grpc.cli.assets.exports.zip_draft import DraftEntry, ZipDraft

SCHEMA: Final = """
CREATE TABLE entries (
    offset INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, crc32c INTEGER NOT NULL
)
"""
ALL: Final = "SELECT offset, name, size, crc32c FROM entries ORDER BY offset"
ASSETS_BEGIN: Final = tuple(f"{top}/".encode() for top in (FILES, TRASH))


class DraftIndex:
    """Files of assets in a draft, by their names. Its methods block; threads may call them at once, and take turns."""

    def __init__(self, connection: Connection) -> None:
        """`connection`: to an empty database of this schema."""
        self._connection = connection
        self._turn = Lock()
        self._is_closing = False

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator["DraftIndex"]:
        """In a file in `folder` that is gone at the end, which interrupts a thread that reads. Raises OSError."""
        with opened_scratch(folder, SCHEMA) as connection:
            index = cls(connection)
            try:
                yield index
            finally:
                index._is_closing = True
                with index._turn:
                    connection.close()

    def read(self, draft: ZipDraft, length: int) -> None:
        """Prove each byte of what there is in a file of this length, and cut off what is not right. Raises OSError."""
        with self._turn:
            entries = draft.entries(length)
            end = next(entries).end  # what says that it is ours
            for entry in entries:
                if not entry.header.name.startswith(ASSETS_BEGIN) or not self._add(draft, entry):
                    break
                end = entry.end
            draft.cut(end)

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """Whether the file of an asset is there."""
        query = "SELECT size, crc32c FROM entries WHERE name = ?"
        with self._turn:
            found: object = self._connection.execute(query, (path.as_posix(),)).fetchone()
        return found == (asset.size, asset.crc32c)

    def keep(self, draft: ZipDraft, wants: Wants) -> None:
        """Cut off from the first one on that is not part of the export: what was deleted since must not be in it."""
        with self._turn:
            for offset, name, size, crc32c in self._connection.execute(ALL):
                if not wants(name, size, crc32c):
                    draft.cut(offset)
                    self._connection.execute("DELETE FROM entries WHERE offset >= ?", (offset,))
                    return

    def _add(self, draft: ZipDraft, entry: DraftEntry) -> bool:
        header, crc32, crc32c = entry.header, 0, 0
        if not header.is_as_written:
            return False
        for data in draft.bytes_of(entry):
            if self._is_closing:
                raise InterruptedError
            crc32, crc32c = zlib.crc32(data, crc32), google_crc32c.extend(crc32c, data)
        if crc32 != header.crc32:
            return False
        try:
            row = (entry.offset, header.name.decode(), header.size, crc32c)
            self._connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", row)
        except IntegrityError:
            return False
        return True
