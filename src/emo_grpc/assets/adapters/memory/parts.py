"""Parts in memory, as they are written and read."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from emo_grpc.assets.adapters.memory.room import Room
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import PartReceipt, Put, UnfinishedBlob

Name = TypeVar("Name")
Complete = Callable[[BlobKey, str, Sequence[PartReceipt]], None]
"""Makes the object of an upload visible."""


@dataclass(slots=True)
class MemoryUpload:
    """One that is under way, with the parts that were committed."""

    unfinished: UnfinishedBlob
    parts: dict[PartReceipt, bytes] = field(default_factory=dict)
    is_over: bool = False


def size_of(parts: Mapping[Name, bytes]) -> int:
    """Bytes of all together."""
    return sum(map(len, parts.values()))


class MemoryPartSink:
    """Collects one version of a part."""

    def __init__(self, upload: MemoryUpload, number: int, room: Room, lock: threading.Lock, complete: Complete) -> None:
        self._complete = complete
        self._upload = upload
        self._number = number
        self._room = room
        self._lock = lock
        self._pieces: list[bytearray] = []
        self._taken = 0
        self._receipt: PartReceipt | None = None

    def write(self, size: int, put: Put) -> None:
        """Take the next stored bytes."""
        self._room.take(size)
        self._taken += size
        piece = bytearray(size)
        put(memoryview(piece))
        self._pieces.append(piece)

    def commit(self) -> str:
        """Keep the part; gives the token of its receipt."""
        receipt, data = PartReceipt(self._number, secrets.token_hex(8)), b"".join(self._pieces)
        self._pieces.clear()
        with self._lock:
            if self._upload.is_over:
                raise BlobNotFound("there is no such upload")
            self._upload.parts[receipt] = data
            self._taken = 0
        self._receipt = receipt
        return receipt.token

    def commit_whole(self) -> str:
        """Keep the part, as all of its object."""
        token, begun = self.commit(), self._upload.unfinished
        self._complete(begun.key, begun.upload_handle, [PartReceipt(self._number, token)])
        return token

    def discard(self) -> None:
        """Drop what was not committed."""
        self._pieces.clear()
        self._room.give_back(self._taken)
        self._taken = 0

    def withdraw(self) -> None:
        """Drop it, and what was committed."""
        self.discard()
        if self._receipt is not None:
            with self._lock:
                if not self._upload.is_over:
                    self._room.give_back(len(self._upload.parts.pop(self._receipt, b"")))


class MemoryBlobReader:
    """Reads from the dict of parts."""

    def __init__(self, parts: dict[int, bytes], layout: FileLayout) -> None:
        self._parts = parts
        self._layout = layout

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        """Give stored bytes of a part."""
        part = self._parts.get(part_number)
        where = {"part": str(part_number)}
        if part is None:
            raise BlobNotFound("a part of the stored file is gone", metadata=where)
        if len(part) != self._layout.stored_part_size(part_number) or offset + length > len(part):
            raise StoredFileCorrupt("the stored file has another size than it should", metadata=where)
        return memoryview(part)[offset : offset + length]

    def close(self) -> None:
        """Nothing is held."""
