"""Proves that a stored file is what it was when it was completed."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from enum import StrEnum
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

READ_AHEAD: Final = 2
"""Segments of 1 MiB of one file that are opened ahead of the one whose turn it is."""


class Flaw(StrEnum):
    """What can be wrong with a stored file. UNREADABLE: the store gives errors, such as those of a failing disk.

    RECORD_DAMAGED: what the database has of it can't be read, so nothing is known of the file.
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
    flaw: Flaw


OnRead = Callable[[int], None]
"""Is told how many more plaintext bytes were dealt with, good or bad."""


def flaw_of(error: EmoError) -> Flaw:
    """What a blob store or a key ring tells by this error."""
    if isinstance(error, KeyUnknown):
        return Flaw.KEY_UNKNOWN
    if isinstance(error, BlobNotFound):
        return Flaw.MISSING
    return Flaw.UNREADABLE if isinstance(error, Unavailable) else Flaw.DAMAGED


@dataclass(frozen=True, slots=True)
class _ProvenFile:
    asset_id: AssetId
    content: StoredContent
    key: bytes = field(repr=False)


Look = Callable[[_ProvenFile, BlobReader], Awaitable[list[Damage]]]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Any number of files may be checked at the same time. An asset whose file is not complete has nothing wrong."""

    blobs: BlobStore
    keys: KeyRing
    cipher: PartCipher
    threads: Executor

    async def glance(self, asset: Asset) -> list[Damage]:
        """Check what is known of the file, and that all parts are there in their sizes; reads no byte of them."""

        async def weigh(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
            return await asyncio.get_running_loop().run_in_executor(self.threads, _weigh, file, reader)

        return await self._look(asset, weigh)

    async def read(self, asset: Asset, on_read: OnRead = lambda _: None) -> list[Damage]:
        """Check the same, and read the file: the tag of every segment, and the whole against the manifest."""

        async def read(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
            opener = SegmentOpener(self.cipher, file.key, file.asset_id, reader)
            return await _Reading(self.threads, file, opener, on_read).run()

        return await self._look(asset, read)

    async def _look(self, asset: Asset, look: Look) -> list[Damage]:
        if asset.state is AssetState.PENDING and asset.content is None:
            return []
        try:
            file = self._proven(asset)
        except KeyUnknown:
            return [Damage(0, Flaw.KEY_UNKNOWN)]
        except StoredFileCorrupt:
            return [Damage(0, Flaw.METADATA_CHANGED)]
        loop = asyncio.get_running_loop()
        try:
            key, layout = file.content.blob_key, file.content.manifest.layout
            reader = await loop.run_in_executor(self.threads, self.blobs.open, key, layout)
        except (StoredFileCorrupt, Unavailable) as error:
            return [Damage(0, flaw_of(error))]
        try:
            return await look(file, reader)
        finally:
            await loop.run_in_executor(self.threads, reader.close)

    def _proven(self, asset: Asset) -> _ProvenFile:
        content = asset.content
        if content is None or asset.state is not AssetState.READY:
            raise StoredFileCorrupt("the state of the asset does not fit what is known of its file")
        manifest = content.manifest
        key = self.keys.unwrap(content.wrapped_key, asset.asset_id, manifest)
        if (asset.file.size_bytes, asset.file.crc32c) != (manifest.size, manifest.crc32c):
            raise StoredFileCorrupt("what is known of the file was changed")
        return _ProvenFile(asset.asset_id, content, key)


def _weigh(file: _ProvenFile, reader: BlobReader) -> list[Damage]:
    damages = []
    for part in range(1, file.content.manifest.layout.part_count + 1):
        try:
            reader.read(part, 0, 0)
        except (StoredFileCorrupt, Unavailable) as error:
            damages.append(Damage(part, flaw_of(error)))
    return damages


Opening = tuple[StoredSegment, asyncio.Future[bytes | Flaw]]


@dataclass(slots=True)
class _Reading:
    """One file from its first segment to its last. What follows the first flaw of a part is not opened."""

    threads: Executor
    file: _ProvenFile
    opener: SegmentOpener
    on_read: OnRead
    flaws: dict[int, Flaw] = field(default_factory=dict)
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
            await asyncio.gather(*(opening for _, opening in ahead), return_exceptions=True)
        if not self.flaws and self.crc32c != manifest.crc32c:
            return [Damage(0, Flaw.DAMAGED)]
        return [Damage(part, flaw) for part, flaw in sorted(self.flaws.items())]

    async def _next(self, ahead: deque[Opening]) -> None:
        segment, opening = ahead[0]
        plaintext = await asyncio.shield(opening)
        ahead.popleft()
        if isinstance(plaintext, Flaw):
            self.flaws.setdefault(segment.part, plaintext)
        else:
            self.crc32c = google_crc32c.extend(self.crc32c, plaintext)
        self.on_read(segment.take)

    def _open(self, segment: StoredSegment) -> bytes | Flaw:
        known = self.flaws.get(segment.part)
        if known is not None:
            return known
        try:
            return self.opener.open(segment)
        except (StoredFileCorrupt, Unavailable) as error:
            return flaw_of(error)
