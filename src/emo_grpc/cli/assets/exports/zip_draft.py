"""A ZIP file while it is written, which another process may go on with."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from emo_grpc.cli.assets.exports.zip_records import CRC_AT, LocalHeader, end_records

READ_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """One of its files: where its header begins, and its bytes; `end` is where the next one does."""

    offset: int
    header: LocalHeader

    @property
    def begin(self) -> int:
        """Of its bytes."""
        return self.offset + self.header.length

    @property
    def end(self) -> int:
        """Of its bytes."""
        return self.begin + self.header.size


class ZipDraft:
    """Entries one after another, as far as `end`; their list is made of them at the very end.

    Each header has the size from the beginning, and so one that was not written to its end can be told: it is longer
    than the file, or its CRC-32 is not there yet. Its methods block and raise OSError.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = 0

    def entries(self, end: int) -> Iterator[DraftEntry]:
        """Those before `end`, up to the first thing that is none. Other methods may be called meanwhile."""
        offset = 0
        while offset < end:
            header = LocalHeader.read(self._file, offset)
            if header is None:
                return
            entry = DraftEntry(offset, header)
            if entry.end > end:
                return
            yield entry
            offset = entry.end

    def bytes_of(self, entry: DraftEntry) -> Iterator[bytes]:
        """Those of a file, which may end early."""
        at = entry.begin
        while at < entry.end:
            self._file.seek(at)
            data = self._file.read(min(READ_BYTES, entry.end - at))
            if not data:
                return
            at += len(data)
            yield data

    def add(self, info: zipfile.ZipInfo, data: bytes) -> None:
        """Write a whole file."""
        info.file_size = info.compress_size = len(data)
        info.CRC = zlib.crc32(data)
        self._append(info.FileHeader() + data)

    @contextmanager
    def growing(self, info: zipfile.ZipInfo) -> Iterator[Callable[[bytes], None]]:
        """Write a file of `info.file_size` bytes in pieces; after an error nothing of it is left.

        A file of the size 0 may grow to another, if nobody is to go on with it.
        """
        start, crc32, is_open = self.end, 0, not info.file_size

        def write(data: bytes) -> None:
            nonlocal crc32
            crc32 = zlib.crc32(data, crc32)
            self._append(data)

        info.compress_size, info.CRC = info.file_size, 0
        header = info.FileHeader(zip64=True if is_open else None)
        self._append(header)
        try:
            yield write
            info.file_size = info.compress_size = self.end - start - len(header)
            info.CRC = crc32
            self._file.seek(start + CRC_AT)
            self._file.write(info.FileHeader(zip64=True if is_open else None)[CRC_AT:])
        except BaseException:
            self.cut(start)
            raise

    def cut(self, end: int) -> None:
        """Let go of all from there on."""
        self._file.flush()
        self._file.truncate(end)
        self.end = end

    def finish(self) -> None:
        """Write the list of all entries. Of any number, since no more of it is in memory than a piece."""
        start = at = self.end
        count, piece = 0, bytearray()
        for entry in self.entries(start):
            piece += entry.header.central(entry.offset)
            count += 1
            if len(piece) >= READ_BYTES:
                at = self._write(at, piece)
                piece.clear()
        at = self._write(at, piece)
        self._write(at, end_records(count, at - start, start))
        self._file.flush()

    def _append(self, data: bytes) -> None:
        self.end = self._write(self.end, data)

    def _write(self, at: int, data: bytes | bytearray) -> int:
        self._file.seek(at)
        self._file.write(data)
        return at + len(data)
