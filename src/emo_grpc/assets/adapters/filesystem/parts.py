"""The files that a FilesystemBlobStore keeps parts in."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from emo_grpc.assets.adapters.filesystem.blob_paths import mark_of
from emo_grpc.assets.adapters.filesystem.direct_io import ALIGNMENT, NOT_OPEN, read_file
from emo_grpc.assets.adapters.filesystem.durable_files import add_mark, check_present, check_room, translated
from emo_grpc.assets.adapters.filesystem.shared_folders import SharedFolders
from emo_grpc.assets.adapters.filesystem.write_behind import WriteBehind
from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import PartReceipt, Put
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder
from emo_grpc.shared.adapters.filesystem.new_file import open_new_file
from emo_grpc.shared.domain.errors import Unavailable


class FilesystemPartSink:
    """Writes one version of a part into a new file of its own, whole segments around the page cache."""

    def __init__(
        self, path: Path, receipt: PartReceipt, behind: WriteBehind, home: Path, *, shared: SharedFolders, blob: Path
    ) -> None:
        self._path = path
        self._home = home
        self._receipt = receipt
        self._shared = shared
        self._blob = blob
        self._is_committed = False
        self._size = 0
        self._behind = behind
        with translated(home):
            self._file = open_new_file(path)
            try:
                self._direct = behind.open(path)
            except (OSError, StoredFileCorrupt):
                os.close(self._file)
                with suppress(OSError):
                    path.unlink()
                raise

    def write(self, size: int, put: Put) -> None:
        """Take the next stored bytes."""
        with translated():
            check_room(self._file)
            if self._direct.takes(size, self._size):
                self._direct.write(size, put, self._size)
            else:
                self._behind.write_now(self._file, size, put, self._size)
        self._size += size

    def commit(self) -> str:
        """Make the part durable; gives the token of its receipt."""
        with translated(self._home):
            self._sync()
            sync_folder(self._path.parent)
            if self._receipt.number == 1:  # see `begin`
                sync_folder(self._path.parent.parent)
        self._is_committed = True
        return self._receipt.token

    def commit_whole(self) -> str:
        """Make the part durable in a folder that becomes the object's; nothing else is durable before."""
        upload = self._path.parent
        prepared = upload / f"complete-{self._receipt.token}"
        with translated(self._home):
            self._sync()
            prepared.mkdir(mode=0o700)
            self._path.rename(prepared / str(self._receipt.number))
            add_mark(prepared, mark_of([self._receipt]))
        self._shared.make(self._blob.parent)
        with translated(self._home):
            prepared.rename(self._blob)
            sync_folder(self._blob.parent)
        self._is_committed = True
        with suppress(OSError):  # what stays goes when nothing refers to it any more
            upload.rmdir()
        return self._receipt.token

    def discard(self) -> None:
        """Drop it, unless it was committed."""
        if self._is_committed:
            self._close()
        else:
            self.withdraw()

    def withdraw(self) -> None:
        """Drop it, committed or not."""
        self._close()
        # The upload may be gone with all its parts; and what can't be removed now goes with the upload.
        with suppress(OSError):
            self._path.unlink()

    def _sync(self) -> None:
        self._direct.drain()
        # Brings the size too, for reading needs it; only the times may stay behind.
        os.fdatasync(self._file)
        self._close()

    def _close(self) -> None:
        self._direct.close()
        if self._file != NOT_OPEN:
            file, self._file = self._file, NOT_OPEN
            os.close(file)


class FilesystemBlobReader:
    """Opens the part's file for each read: that costs microseconds, and leaves nothing open to race with.

    Files of several parts are read around the page cache: they are the large ones, which would drive all others out.
    Their headers go through it, for each is asked for by several threads, and lies beside what they read next.
    `names` are those of the parts' files, where they are not just the numbers.
    """

    def __init__(
        self, folder: Path, layout: FileLayout, buffer: ThreadBuffer, home: Path, names: Mapping[int, str] | None = None
    ) -> None:
        if not folder.is_dir():
            check_present(home)
            raise BlobNotFound("the stored file is gone")
        self._folder = f"{folder}/"
        self._names = names
        self._home = home
        self._layout = layout
        self._thread_buffer = buffer

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        """Give stored bytes of a part, up to one segment."""
        path = self._folder + self._name(part_number)
        around_cache = self._layout.part_count > 1 and length > ALIGNMENT
        with translated(self._home):
            size, data = read_file(path, offset, length, self._thread_buffer.memory, around_cache=around_cache)
        if size != self._layout.stored_part_size(part_number):
            raise StoredFileCorrupt(
                "the stored file has another size than it should", metadata={"part": str(part_number)}
            )
        if len(data) != length:
            raise Unavailable("the file store gave fewer bytes than it has")
        return data

    def close(self) -> None:
        """Nothing is held."""

    def _name(self, part_number: int) -> str:
        if self._names is None:
            return str(part_number)
        try:
            return self._names[part_number]
        except KeyError:
            raise BlobNotFound("there is no such part") from None
