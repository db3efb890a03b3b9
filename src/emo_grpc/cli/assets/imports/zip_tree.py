"""A ZIP file that is imported."""

import re
import stat
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from typing import Final, Self

from emo_grpc.cli.assets.imports.trees import Contents, Entry
from emo_grpc.cli.assets.imports.zip_source import ZipSource, telling_damage
from emo_grpc.cli.failures import LOCAL, Refusal

MAX_ENTRIES: Final = 2_000_000
MAX_RATIO: Final = 200
"""Bytes made of one. Photos, videos and sound become hardly any smaller, letters ten times; a bomb a thousand times."""
UNSUSPICIOUS_BYTES: Final = 1 << 20
"""A file up to this size may be smaller than that, as one full of zeros is."""
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
HIDDEN: Final = re.compile(r"\.(?!\.?$)|__MACOSX$")
ENCRYPTED: Final = 1
"""Bit 0 of the general purpose flags: PKWARE APPNOTE.TXT 6.3.10, 4.4.4."""


class ZipTree:
    """See Tree. Entries that are hidden, or that a Mac adds about others, are left out."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        self._infos: dict[PurePosixPath, zipfile.ZipInfo] = {}
        self._contents = Contents()
        self._require_honest()
        for info in archive.infolist():
            if not info.is_dir():
                self._take(info)

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open it. Raises Refusal for what is no ZIP file or made to do harm, OSError."""
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
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
        with telling_damage(str(entry.path)):
            return self._archive.read(self._infos[entry.path])

    @asynccontextmanager
    async def open(self, entry: Entry) -> AsyncIterator[ZipSource]:
        """See Tree."""
        yield ZipSource(self._archive, self._infos[entry.path], self._path)

    def _require_honest(self) -> None:
        """Entries that share bytes make a small file an endless one: D. Fifield, A better zip bomb, 2019."""
        infos = self._archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise Refusal(f"{self._path} has more than {MAX_ENTRIES} entries", LOCAL)
        if sum(info.compress_size for info in infos) > self._path.stat().st_size:
            raise Refusal(f"{self._path} has entries that share bytes, as only a trap has", LOCAL)

    def _take(self, info: zipfile.ZipInfo) -> None:
        path = PurePosixPath(info.filename)
        if any(HIDDEN.match(name) for name in path.parts):
            self._contents.left_out += 1
            return
        problem = self._problem_of(info, path)
        if problem:
            self._contents.failed.append((info.filename, problem))
            return
        self._infos[path] = info
        self._contents.entries.append(Entry(path, info.file_size))

    def _problem_of(self, info: zipfile.ZipInfo, path: PurePosixPath) -> str:
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or not path.parts:
            return "its name leads out of the archive"
        if path in self._infos:
            return "it is there twice"
        if stat.S_ISLNK(info.external_attr >> 16):
            return "a link, which is not followed"
        if info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
            return "it is encrypted, or packed in an odd way: unpack the archive, and import the folder"
        if info.file_size > max(UNSUSPICIOUS_BYTES, info.compress_size * MAX_RATIO):
            return f"it would become more than {MAX_RATIO} times as large, as only a trap does"
        return ""
