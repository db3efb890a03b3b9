"""A ZIP file that an export is written to."""

import asyncio
import errno
import os
import zipfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.event_dates import local_time
from emo_grpc.cli.assets.exports.export_format import FileSum
from emo_grpc.cli.assets.exports.targets import DAMAGED, DAMAGED_EXIT, Summing, on_thread
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.assets.side_by_side import SMALL_BYTES
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.client import OnProgress, Progress
from emo_grpc.private_file import sync_folder, try_lock

FILE_MODE: Final = 0o600
"""Only who makes an export may read it."""
FIRST_TIME: Final = (1980, 1, 1, 0, 0, 0)
LAST_YEAR: Final = 2107
"""MS-DOS has no earlier time, and no later year: PKWARE APPNOTE.TXT 6.3.10, 4.4.6."""


class ZipTarget:
    """See ExportTarget. Nothing is packed smaller: photos, videos and sound can't be."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._writing = asyncio.Lock()

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, overwrite: bool) -> Iterator["ZipTarget"]:
        """It gets its name at the end, when all is in it and safe; after an error nothing is left. Blocking.

        Raises Refusal if there is a file of this name, unless `overwrite`, and OSError.
        """
        _require_free(path, overwrite=overwrite)
        _require_folder(path.parent)
        draft = path.with_name(f".{path.name}.part")
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
        with os.fdopen(handle, "r+b") as file:
            if not try_lock(handle):
                raise Refusal(f"another export to {path} is under way", EXIT_CODES["FAILED_PRECONDITION"])
            try:
                file.truncate()  # what an export that was killed has left
                with zipfile.ZipFile(file, "w") as archive:
                    yield cls(archive)
                file.flush()
                os.fsync(handle)
                _require_free(path, overwrite=overwrite)
                draft.replace(path)
                sync_folder(path.parent)
            finally:
                draft.unlink(missing_ok=True)

    def begin(self, manifest: bytes) -> None:
        """See ExportTarget: it has no name yet."""

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """See ExportTarget: no, it is new."""
        del path, asset
        return False

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """See ExportTarget. One file is written at a time; small ones wait for their turn in memory."""
        chunks = _checked(vault, asset, on_progress)
        if asset.file.size_bytes < SMALL_BYTES:
            data = b"".join([each async for each in chunks])
            async with self._writing:
                await on_thread(partial(self._archive.writestr, _entry(str(path), asset)), data)
            return
        async with self._writing:
            await self._stream(_entry(str(path), asset), chunks)

    async def _stream(self, info: zipfile.ZipInfo, chunks: AsyncGenerator[bytes, None]) -> None:
        """A file that breaks off leaves its bytes in the archive, where no entry names them."""
        try:
            with self._archive.open(info, "w") as file:
                async with aclosing(chunks):
                    async for data in chunks:
                        await on_thread(file.write, data)
        except FileMissing:
            self._archive.infolist().remove(info)
            raise

    def write(self, name: str, lines: Iterable[bytes]) -> FileSum:
        """See ExportTarget."""
        summing = Summing()
        info = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        info.external_attr = FILE_MODE << 16
        with self._archive.open(info, "w", force_zip64=True) as file:
            for line in lines:
                file.write(summing.add(line))
        return summing.sum


async def _checked(vault: Vault, asset: Asset, on_progress: OnProgress) -> AsyncGenerator[bytes, None]:
    """The bytes of a file; raises FileMissing after the last one if they are not what its checksum says."""
    size = crc32c = 0
    async with aclosing(vault.chunks(asset, 0)) as chunks:
        async for data in chunks:
            size, crc32c = size + len(data), google_crc32c.extend(crc32c, data)
            on_progress(Progress(size, size, asset.file.size_bytes))
            yield data
    if (size, crc32c) != (asset.file.size_bytes, asset.file.crc32c):
        raise FileMissing(DAMAGED, DAMAGED_EXIT)


def _entry(name: str, asset: Asset) -> zipfile.ZipInfo:
    """With the time of what it shows, by the clock there; else of its coming in, in UTC: ZIP has no zones.

    The size decides whether it needs ZIP64.
    """
    moment = _shown_time(asset).timetuple()[:6]
    info = zipfile.ZipInfo(name, FIRST_TIME if moment < FIRST_TIME or moment[0] > LAST_YEAR else moment)
    info.external_attr = FILE_MODE << 16
    info.file_size = asset.file.size_bytes
    return info


def _shown_time(asset: Asset) -> datetime:
    if asset.HasField("event_date"):
        return local_time(asset) or asset.event_date.ToDatetime(UTC)
    return asset.create_time.ToDatetime(UTC)


def _require_folder(folder: Path) -> None:
    """What the system says otherwise has the name of the draft, which nobody gave."""
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(folder))


def _require_free(path: Path, *, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise Refusal(f"{path} exists already; --force overwrites it", EXIT_CODES["ALREADY_EXISTS"])
