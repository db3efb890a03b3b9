"""Blobs in a folder."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from emo_grpc.assets.adapters.filesystem.blob_paths import (
    KEY,
    BlobPaths,
    is_handle_of,
    mark_of,
    new_handle,
    part_name,
    unfinished_of,
)
from emo_grpc.assets.adapters.filesystem.direct_io import ALIGNMENT
from emo_grpc.assets.adapters.filesystem.durable_files import (
    check_present,
    discard,
    empty,
    is_there,
    link_all,
    names,
    rename_unless_taken,
    translated,
)
from emo_grpc.assets.adapters.filesystem.installation_note import claim
from emo_grpc.assets.adapters.filesystem.parts import FilesystemBlobReader, FilesystemPartSink
from emo_grpc.assets.adapters.filesystem.shared_folders import SharedFolders
from emo_grpc.assets.adapters.filesystem.write_behind import WriteBehind
from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout
from emo_grpc.assets.service_layer.ports import CompleteBlob, PartReceipt, UnfinishedBlob
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder, sync_folder
from emo_grpc.shared.service_layer.clock import Clock, utc_now

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 4


class FilesystemBlobStore:
    """Under `root`: `uploads/<handle>/<number>-<token>` for parts, `blobs/<aa>/<key>/<number>` for objects.

    Every part version is a file of its own. `complete` links the chosen ones into a new folder and renames that to
    its final place, so a writer that was superseded never touches the object, and a crash leaves either all or
    nothing. The object keeps an empty file named after its receipts, to know them when it is completed again.
    `trash/` holds what is being deleted, until a thread of its own comes to it. `blobs/` is made with the store and
    never removed: while it is missing, the volume is away and nothing counts as gone. The file system must have
    hard links and atomic renames of folders.
    """

    def __init__(self, root: Path, clock: Clock = utc_now) -> None:
        self._paths = BlobPaths(root)
        self._uploads, self._blobs, self._trash = self._paths.uploads, self._paths.blobs, self._paths.trash
        self._clock = clock
        self._shared = SharedFolders(self._blobs)
        self._thread_buffer = ThreadBuffer(SEGMENT_SIZE + ALIGNMENT)
        self._behind = WriteBehind()
        self._threads = ThreadPoolExecutor(THREADS, "blob-store")
        self._emptying = ThreadPoolExecutor(1, "blob-trash")
        with suppress(OSError):  # it is Unavailable then, see check_present
            make_folder(self._blobs)
        self._emptying.submit(empty, self._trash)  # a crash may have left something

    async def begin(self, key: BlobKey, *, is_durable: bool = True) -> str:
        """Begin an upload; gives its handle. The first part makes it durable, if that is not done here."""
        handle = new_handle(key, self._clock())
        await self._run(self._begin, self._paths.upload(key, handle), is_durable=is_durable)
        return handle

    def open_part(self, key: BlobKey, upload_handle: str, number: int, generation: int) -> FilesystemPartSink:
        """Begin a part; each version of it has a name of its own anyway."""
        del generation
        receipt = PartReceipt(number, secrets.token_hex(8))
        path = self._paths.upload(key, upload_handle) / part_name(receipt)
        return FilesystemPartSink(
            path, receipt, self._behind, self._blobs, shared=self._shared, blob=self._paths.blob(key)
        )

    async def withdraw(self, key: BlobKey, upload_handle: str, generation: int) -> None:
        """Nothing is left to do: parts are withdrawn one by one."""

    async def complete(self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt]) -> None:
        """Make the object visible."""
        await self._run(self._complete, self._paths.blob(key), self._paths.upload(key, upload_handle), receipts)

    async def abort(self, key: BlobKey, upload_handle: str) -> None:
        """Drop everything that an upload has stored."""
        if is_handle_of(key, upload_handle):
            await self._run(self._discard, self._paths.upload(key, upload_handle))

    def open(self, key: BlobKey, layout: FileLayout, offset: int = 0, length: int = 0) -> FilesystemBlobReader:
        """Begin to read an object; any range is as near as another."""
        del offset, length
        return FilesystemBlobReader(self._paths.blob(key), layout, self._thread_buffer, self._blobs)

    def open_unfinished(
        self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt], layout: FileLayout
    ) -> FilesystemBlobReader:
        """Begin to read the parts of these receipts."""
        names = {receipt.number: part_name(receipt) for receipt in receipts}
        upload = self._paths.upload(key, upload_handle)
        return FilesystemBlobReader(upload, layout, self._thread_buffer, self._blobs, names)

    async def delete(self, key: BlobKey) -> None:
        """Remove an object."""
        await self._run(self._discard, self._paths.blob(key))

    async def claim(self, installation: UUID) -> UUID:
        """Note whose store it is in a file `installation`, unless that is there."""
        return await self._run(claim, self._paths.installation, installation, self._blobs)

    async def list_unfinished(self) -> AsyncIterator[UnfinishedBlob]:
        """All uploads that were begun and neither completed nor aborted."""
        for name in await self._run(names, self._uploads, self._blobs):
            unfinished = unfinished_of(name)
            if unfinished is not None:
                yield unfinished

    async def is_unfinished(self, key: BlobKey, upload_handle: str) -> bool:
        """Whether this upload was begun and neither completed nor aborted."""
        return is_handle_of(key, upload_handle) and await self._run(
            is_there, self._paths.upload(key, upload_handle), self._blobs
        )

    async def list_complete(self, prefix: str = "") -> AsyncIterator[CompleteBlob]:
        """All objects, or those of one prefix; the folder of an object is last changed just before it is renamed."""
        for name in [prefix] if prefix else await self._run(names, self._blobs, self._blobs):
            for blob in await self._run(self._objects_in, self._blobs / name):
                yield blob

    def close(self) -> None:
        """Let the threads end after what they do; what was deleted is gone from the disk then."""
        self._threads.shutdown()
        self._emptying.shutdown()
        self._behind.close()

    def _objects_in(self, folder: Path) -> list[CompleteBlob]:
        found = []
        for name in names(folder, self._blobs):
            if KEY.fullmatch(name):
                with suppress(BlobNotFound), translated(self._blobs):
                    time = datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)
                    found.append(CompleteBlob(BlobKey(UUID(name)), time))
        return found

    def _begin(self, upload: Path, *, is_durable: bool) -> None:
        self._shared.make(self._uploads)
        with translated(self._blobs):
            if is_durable:
                make_folder(upload)
            else:
                upload.mkdir(mode=0o700)

    def _discard(self, folder: Path) -> None:
        discard(folder, self._trash, self._blobs)
        self._emptying.submit(empty, self._trash)

    def _complete(self, blob: Path, upload: Path, receipts: Sequence[PartReceipt]) -> None:
        mark = mark_of(receipts)
        try:
            if not blob.is_dir():
                self._publish(blob, upload, receipts, mark)
        except BlobNotFound:
            # Another call may just have completed it, and dropped the upload.
            if not blob.is_dir():
                raise
        if not (blob / mark).exists():
            check_present(self._blobs)
            raise StoredFileCorrupt("the object was completed with other parts")
        with translated(self._blobs):
            # Also when it was there before: who renamed it may have died just then.
            sync_folder(blob.parent)
        self._discard(upload)

    def _publish(self, blob: Path, upload: Path, receipts: Sequence[PartReceipt], mark: str) -> None:
        prepared = upload / f"complete-{secrets.token_hex(8)}"
        with translated(self._blobs):
            link_all({str(receipt.number): upload / part_name(receipt) for receipt in receipts}, prepared, mark)
        self._shared.make(blob.parent)
        with translated(self._blobs):
            rename_unless_taken(prepared, blob)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._threads.submit(work, *args, **kwargs))
