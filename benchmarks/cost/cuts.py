"""What can be left out of a server, to see what it costs: the rest does its work as ever."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from typing import Any
from unittest.mock import patch

import google_crc32c

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import SegmentKey
from emo_grpc.assets.adapters.filesystem import write_behind
from emo_grpc.assets.adapters.filesystem.parts import FilesystemBlobReader
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, TAG_SIZE
from emo_grpc.assets.service_layer.download.reader import Download
from emo_grpc.assets.service_layer.upload.writer import UploadWriter
from emo_grpc.chunk_frame import ChunkFrame

STORED = memoryview(bytes(SEGMENT_SIZE))
CHUNK = bytes(1 << 20)
Patches = Iterable[AbstractContextManager[Any]]


def writes() -> Patches:
    """No byte of a file goes to the disk, and none is waited for."""
    yield patch.object(write_behind, "_write_all", lambda _file, _data, _offset: None)
    yield patch("os.fdatasync", lambda _file: None)


def encryption() -> Patches:
    """Stored is what the memory held before."""
    yield patch.object(SegmentKey, "seal", lambda *_: None)


def checksums() -> Patches:
    """All CRCs are 0."""
    yield patch.object(google_crc32c, "value", lambda _data: 0)
    yield patch.object(google_crc32c, "extend", lambda _before, _data: 0)


def uploads() -> Patches:
    """What comes is dropped as soon as it is taken out of its message."""

    async def drop(*_: Any) -> None: ...

    yield patch.object(UploadWriter, "write", drop)


def decryption() -> Patches:
    """Zeros are sent, as many as the segment has; and what was not opened is not looked at."""
    yield patch.object(SegmentKey, "open", lambda _key, _index, _is_last, stored: zeros(len(stored) - TAG_SIZE))
    yield patch.object(Download, "_check_whole", lambda *_: None)


@cache
def zeros(size: int) -> bytes:
    """The same ones each time: to make new ones is part of what is left out."""
    return bytes(size)


def reads() -> Patches:
    """Nothing is read but what parts begin with."""
    read = FilesystemBlobReader.read

    def read_headers(reader: FilesystemBlobReader, part: int, offset: int, length: int) -> memoryview:
        return read(reader, part, offset, length) if length <= 1024 else STORED[:length]

    yield patch.object(FilesystemBlobReader, "read", read_headers)


def downloads() -> Patches:
    """The same chunk is sent over and over."""

    async def same(download: Download) -> AsyncGenerator[ChunkFrame, None]:
        for _ in range(download.length // len(CHUNK)):
            yield ChunkFrame(CHUNK, 0)

    yield patch.object(Download, "_chunks", same)


CUTS: dict[str, Callable[[], Patches]] = {
    cut.__name__: cut for cut in (writes, encryption, checksums, uploads, decryption, reads, downloads)
}


def cut(names: Iterable[str]) -> ExitStack:
    """Leave these out until the stack is closed."""
    stack = ExitStack()
    for name in names:
        for each in CUTS[name]():
            stack.enter_context(each)
    return stack
