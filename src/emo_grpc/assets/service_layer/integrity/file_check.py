"""Proves that a stored file is what it was when it was completed."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

import google_crc32c

from emo_grpc.assets.domain.asset import Asset, AssetState
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import BlobNotFound, KeyUnknown, StoredFileCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import StoredSegment
from emo_grpc.assets.service_layer.encryption import KeyRing, PartCipher
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore
from emo_grpc.assets.service_layer.segment_opener import SegmentOpener
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.thread_work import on_thread, run_to_end

READ_AHEAD: Final = 2
"""Segments of 1 MiB of one file that are opened ahead of the one whose turn it is."""


class Problem(StrEnum):
    """What can be wrong with a stored file.

    METADATA_CHANGED: the database says something else of the file than when it was completed. UNREADABLE: the store
    gives errors, such as those of a failing disk. RECORD_DAMAGED: the record of the asset can't be read, so nothing
    is known of its file.
    """

    KEY_UNKNOWN = "key unknown"
    METADATA_CHANGED = "metadata changed"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    RECORD_DAMAGED = "record damaged"


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """What is wrong, and with which part, from 1; `part` 0: with the file as a whole."""

    part: int
    problem: Problem


OnRead = Callable[[int], None]
"""Is told how many more plaintext bytes were dealt with, good or bad."""


def problem_of(error: EmoError) -> Problem:
    """What a blob store or a key ring tells by this error."""
    if isinstance(error, KeyUnknown):
        return Problem.KEY_UNKNOWN
    if isinstance(error, BlobNotFound):
        return Problem.MISSING
    return Problem.UNREADABLE if isinstance(error, Unavailable) else Problem.DAMAGED


@dataclass(frozen=True, slots=True)
class _ProvenFile:
    asset_id: AssetId
    content: StoredContent
    key: bytes = field(repr=False)


Check = Callable[[_ProvenFile, BlobReader], Awaitable[list[Damage]]]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Checks the complete file of an asset, any number of them at a time. An asset without one has no damage."""

    blobs: BlobStore
    keys: KeyRing
    cipher: PartCipher
    threads: Executor

    async def check_sizes(self, asset: Asset) -> list[Damage]:
        """Check the record against its key, and that each part has the size that it should; reads no bytes."""

        async def sizes(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
            return await on_thread(partial(_wrong_sizes, file, reader), self.threads)

        return await self._check(asset, sizes)

    async def check_bytes(self, asset: Asset, on_read: OnRead = lambda _: None) -> list[Damage]:
        """Check the same, and all bytes: each segment by its tag, and the whole file by the CRC-32C of its manifest."""

        async def contents(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
            opener = SegmentOpener(self.cipher, file.key, file.asset_id, reader)
            return await _Reading(self.threads, file, opener, on_read).run()

        return await self._check(asset, contents)

    async def _check(self, asset: Asset, check: Check) -> list[Damage]:
        if asset.state is AssetState.PENDING and asset.content is None:
            return []
        try:
            file = self._proven(asset)
        except KeyUnknown:
            return [Damage(0, Problem.KEY_UNKNOWN)]
        except StoredFileCorrupt:
            return [Damage(0, Problem.METADATA_CHANGED)]
        loop = asyncio.get_running_loop()
        try:
            key, layout = file.content.blob_key, file.content.manifest.layout
            reader = await loop.run_in_executor(self.threads, self.blobs.open, key, layout)
        except (StoredFileCorrupt, Unavailable) as error:
            return [Damage(0, problem_of(error))]
        try:
            return await check(file, reader)
        finally:
            await on_thread(reader.close, self.threads)

    def _proven(self, asset: Asset) -> _ProvenFile:
        content = asset.content
        if content is None or asset.state is not AssetState.READY:
            raise StoredFileCorrupt("the state of the asset does not fit what is known of its file")
        manifest = content.manifest
        key = self.keys.unwrap(content.wrapped_key, asset.asset_id, manifest)
        if (asset.file.size_bytes, asset.file.crc32c) != (manifest.size, manifest.crc32c):
            raise StoredFileCorrupt("what is known of the file was changed")
        return _ProvenFile(asset.asset_id, content, key)


def _wrong_sizes(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
    damages = []
    for part in range(1, file.content.manifest.layout.part_count + 1):
        try:
            reader.read(part, 0, 0)
        except (StoredFileCorrupt, Unavailable) as error:
            damages.append(Damage(part, problem_of(error)))
    return damages


Opening = tuple[StoredSegment, asyncio.Future[bytes | Problem]]


@dataclass(slots=True)
class _Reading:
    """One file from its first segment to its last. What follows the first problem of a part is not opened."""

    threads: Executor
    file: _ProvenFile
    opener: SegmentOpener
    on_read: OnRead
    problems: dict[int, Problem] = field(default_factory=dict)
    crc32c: int = 0

    async def run(self) -> list[Damage]:
        """Gives what is wrong, in order of the parts."""
        manifest = self.file.content.manifest
        loop = asyncio.get_running_loop()
        ahead: deque[Opening] = deque()
        try:
            for segment in manifest.layout.segments(0, manifest.size):
                ahead.append((segment, loop.run_in_executor(self.threads, self._open, segment)))
                if len(ahead) > READ_AHEAD:
                    await self._next(ahead)
            while ahead:
                await self._next(ahead)
        finally:
            await run_to_end(asyncio.gather(*(opening for _, opening in ahead), return_exceptions=True))
        if not self.problems and self.crc32c != manifest.crc32c:
            return [Damage(0, Problem.DAMAGED)]
        return [Damage(part, problem) for part, problem in sorted(self.problems.items())]

    async def _next(self, ahead: deque[Opening]) -> None:
        segment, opening = ahead[0]
        plaintext = await asyncio.shield(opening)
        ahead.popleft()
        if isinstance(plaintext, Problem):
            self.problems.setdefault(segment.part, plaintext)
        else:
            self.crc32c = google_crc32c.extend(self.crc32c, plaintext)
        self.on_read(segment.take)

    def _open(self, segment: StoredSegment) -> bytes | Problem:
        known = self.problems.get(segment.part)
        if known is not None:
            return known
        try:
            return self.opener.open(segment)
        except (StoredFileCorrupt, Unavailable) as error:
            return problem_of(error)
