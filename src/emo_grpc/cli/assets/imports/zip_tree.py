"""A ZIP file that is imported."""

import io
import os
import re
import stat
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final, Self

from emo_grpc.cli.assets.imports.trees import Contents, Entry
from emo_grpc.cli.assets.imports.zip_source import DAMAGE, ZipSource, telling_damage
from emo_grpc.cli.failures import LOCAL, Refusal

MAX_ENTRIES: Final = 1 << 20
"""Each takes a kilobyte of memory."""
MAX_DIRECTORY_BYTES: Final = 256 << 20
"""Of the list of all entries, names included, which is read as a whole: for so many entries some 150 MiB."""
DIRECTORY_ENTRY: Final = b"PK\x01\x02"
"""What each begins with: PKWARE APPNOTE.TXT 6.3.10, 4.3.12."""
MAX_RATIO: Final = 200
"""Bytes made of one. Photos, videos and sound become hardly any smaller, letters ten times; a bomb a thousand times."""
UNSUSPICIOUS_BYTES: Final = 1 << 20
"""A file up to this size may be smaller than that, as one full of zeros is."""
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Of others Python unpacks as much at once as somebody bad has packed into a few bytes."""
HIDDEN: Final = re.compile(r"\.(?!\.?$)|__MACOSX$")
ENCRYPTED: Final = 1
"""Bit 0 of the general purpose flags: PKWARE APPNOTE.TXT 6.3.10, 4.4.4."""


class _SmallDirectory(io.FileIO):
    """The file of an archive whose list of entries is refused before an object is made of each."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    def read(self, size: int | None = -1) -> bytes:
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > MAX_DIRECTORY_BYTES:
            raise Refusal(f"{self._path} has a list of entries of more than {MAX_DIRECTORY_BYTES >> 20} MiB", LOCAL)
        data = super().read(wanted) or b""
        if data.count(DIRECTORY_ENTRY) > MAX_ENTRIES:
            raise Refusal(f"{self._path} has more than {MAX_ENTRIES:,} entries", LOCAL)
        return data


class ZipTree:
    """See Tree. Entries that are hidden, or that a Mac adds about others, are left out."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._contents = Contents()
        self._require_honest()
        for info in archive.infolist():
            if not info.filename.endswith("/"):  # is_dir() fails on one without a name
                self._take(info)

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open it. Raises Refusal for what is no ZIP file or made to do harm, OSError."""
        with _SmallDirectory(path) as file:
            try:
                archive = zipfile.ZipFile(file)
            except (*DAMAGE, ValueError):
                raise Refusal(f"{path} is no ZIP file, or a damaged one", LOCAL) from None
            with archive:
                yield cls(archive, path)

    @property
    def contents(self) -> Contents:
        """See Tree."""
        return self._contents

    @property
    def has_checksums(self) -> bool:
        """See Tree."""
        return True

    def read(self, entry: Entry) -> bytes:
        """See Tree."""
        with self.stream(entry) as file:
            return file.read()

    @contextmanager
    def stream(self, entry: Entry) -> Iterator[IO[bytes]]:
        """See Tree."""
        with telling_damage(entry.name), self._archive.open(self._infos[entry.name]) as file:
            yield file

    @asynccontextmanager
    async def open(self, entry: Entry) -> AsyncIterator[ZipSource]:
        """See Tree."""
        yield ZipSource(self._archive, self._infos[entry.name], self._path)

    def _require_honest(self) -> None:
        """Entries that share bytes make a small file an endless one: D. Fifield, A better zip bomb, 2019."""
        if sum(info.compress_size for info in self._archive.infolist()) > self._path.stat().st_size:
            raise Refusal(f"{self._path} has entries that share bytes, as only a trap has", LOCAL)

    def _take(self, info: zipfile.ZipInfo) -> None:
        path = PurePosixPath(info.filename)
        if any(HIDDEN.match(name) for name in path.parts):
            self._contents.left_out += 1
            return
        problem = self._problem_of(info, path)
        if problem:
            self._contents.failed.append((info.filename or f"{self._path}, an entry without a name", problem))
            return
        self._infos[str(path)] = info
        self._contents.entries.append(Entry(str(path), info.file_size))

    def _problem_of(self, info: zipfile.ZipInfo, path: PurePosixPath) -> str:
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or not path.parts:
            return "its name leads out of the archive"
        if str(path) in self._infos:
            return "it is there twice"
        if stat.S_ISLNK(info.external_attr >> 16):
            return "a link, which is not followed"
        if info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
            return "it is encrypted, or packed in an odd way: unpack the archive, and import the folder"
        if info.file_size > max(UNSUSPICIOUS_BYTES, info.compress_size * MAX_RATIO):
            return f"it would become more than {MAX_RATIO:,} times as large, as only a trap does"
        return ""
