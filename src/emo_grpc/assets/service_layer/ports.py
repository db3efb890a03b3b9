"""What the use cases of this context need from a blob store; encryption.py has the rest."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout


@dataclass(frozen=True, slots=True)
class PartReceipt:
    """Proof that one version of a part is stored: its number, from 1, and the store's own token for its bytes."""

    number: int
    token: str


@dataclass(frozen=True, slots=True)
class UnfinishedBlob:
    """An object whose upload was begun and neither completed nor aborted."""

    key: BlobKey
    upload_handle: str
    begin_time: datetime


@dataclass(frozen=True, slots=True)
class CompleteBlob:
    """An object that is visible.

    `time`: when it was completed or last changed, by the store's own clock. Some stores tell when its upload began.
    """

    key: BlobKey
    time: datetime


Put = Callable[[memoryview], None]
"""Fills the memory that it is given: bytes that are made in their place need no copy."""

Write = Callable[[int, Put], None]
"""What `PartSink.write` does."""


class PartSink(Protocol):
    """Where one version of a part goes. Blocking: used on threads, by one at a time."""

    def write(self, size: int, put: Put) -> None:
        """Take the next `size` stored bytes, up to 1 MiB.

        `put` is called once, on this thread, before this returns: it puts them where they belong. After an error
        only `discard` or `withdraw` follows.
        """
        ...

    def commit(self) -> str:
        """Make the part durable; gives the token of its receipt."""
        ...

    def commit_whole(self) -> str:
        """Make the part durable, and visible as all of its object, as `commit` and `complete` do; gives the token.

        For the only part of the first writer. When it fails, the object may be visible all the same, until `delete`.
        """
        ...

    def discard(self) -> None:
        """Drop it, unless it was committed."""
        ...

    def withdraw(self) -> None:
        """Drop it even if it was committed, because nothing refers to its token. May be repeated.

        Its bytes go now, or with the end of the upload at the latest.
        """
        ...


class BlobReader(Protocol):
    """Reads one complete object. Blocking: used on threads, by several at a time."""

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        """Give `length` stored bytes (up to 1 MiB) of a part from `offset` on, good until this thread reads again.

        A `length` of 0 only checks that the part is there as it should be.

        Raises `BlobNotFound` if the part is gone, `StoredFileCorrupt` if it does not have just the stored bytes that
        the layout says, and `Unavailable` if the store does not give what it has.
        """
        ...

    def close(self) -> None:
        """Release what reading holds, such as open files."""
        ...


class BlobStore(Protocol):
    """Objects made of parts, invisible until complete.

    Obligations of an adapter:
    - A part is durable when its sink's `commit` returns. Writers of several generations may write the same number, also
      at the same time: each gets another token, and the bytes behind an earlier token stay as they are.
    - `complete` is atomic: the object becomes visible as a whole, with just those parts. Completing it again with the
      same receipts succeeds. Raises `BlobNotFound` if the upload is unknown and the object not there.
    - `abort` and `delete` of something that does not exist succeed.
    - `BlobNotFound` makes an upload start over, so it is raised only when the store itself says, when asked again, that
      the upload or one of its parts is gone; a store that contradicts itself, or a proxy before it, is `Unavailable`.
    - The engine being away is `Unavailable`, having no room is `StorageFull`; nothing of that part is kept then.
    """

    async def begin(self, key: BlobKey, *, is_durable: bool = True) -> str:
        """Begin an upload; gives its handle. If not `is_durable`, a crash may forget it until a part is durable."""
        ...

    def open_part(self, key: BlobKey, upload_handle: str, number: int, generation: int) -> PartSink:
        """Begin a part, numbered from 1. Blocking. Raises `BlobNotFound` if the upload is unknown, here or in `commit`.

        `generation` is that of the writer's fence, from 1: it writes its numbers in order, and none of them twice.
        """
        ...

    async def withdraw(self, key: BlobKey, upload_handle: str, generation: int) -> None:
        """Drop what a writer has committed, once it has ended and no receipt names any of it.

        For stores that can't withdraw parts one by one, as far as they can. May be repeated, and called for a writer
        that never began.
        """
        ...

    async def complete(self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt]) -> None:
        """Make the object visible.

        `receipts` are in order of their numbers, without gaps; the generations that wrote them never go down.
        """
        ...

    async def abort(self, key: BlobKey, upload_handle: str) -> None:
        """Drop everything that an upload has stored."""
        ...

    def open(self, key: BlobKey, layout: FileLayout, offset: int = 0, length: int = 0) -> BlobReader:
        """Begin to read an object. Blocking. Raises `BlobNotFound`, and `StoredFileCorrupt` if that is known already.

        `offset` and `length` (0 = to the end) say which plaintext bytes will be wanted, more or less in order. Others
        can be read too, but take longer.
        """
        ...

    async def delete(self, key: BlobKey) -> None:
        """Remove an object."""
        ...

    async def claim(self, installation: UUID) -> UUID:
        """Note durably whose store it is, unless it is somebody's already; gives whose. The note is not listed."""
        ...

    def list_unfinished(self) -> AsyncIterator[UnfinishedBlob]:
        """All uploads that were begun and neither completed nor aborted."""
        ...

    async def is_unfinished(self, key: BlobKey, upload_handle: str) -> bool:
        """Whether this upload was begun and neither completed nor aborted."""
        ...

    def list_complete(self, prefix: str = "") -> AsyncIterator[CompleteBlob]:
        """All objects, or those whose keys begin with `prefix`, two hex digits."""
        ...
