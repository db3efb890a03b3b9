"""A folder that is imported."""

import os
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from emo_grpc.cli.assets.imports.trees import Contents, Entry
from emo_grpc.client import ByteSource, open_file

LINK: Final = "a link, which is not followed"


class FolderTree:
    """See Tree. What is hidden is left out."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._contents = Contents()
        self._walk()

    @property
    def contents(self) -> Contents:
        """See Tree."""
        return self._contents

    @property
    def has_checksums(self) -> bool:
        """See Tree."""
        return False

    def read(self, entry: Entry) -> bytes:
        """See Tree."""
        with self.stream(entry) as file:
            return file.read(entry.size)

    def stream(self, entry: Entry) -> AbstractContextManager[IO[bytes]]:
        """See Tree."""
        return self._path_of(entry).open("rb")

    def open(self, entry: Entry) -> AbstractAsyncContextManager[ByteSource]:
        """See Tree."""
        return open_file(self._path_of(entry))

    def _path_of(self, entry: Entry) -> Path:
        return self._root / entry.name

    def _walk(self) -> None:
        """No recursion, since people's folders may be deeper than Python's stack."""
        waiting = [PurePosixPath()]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self._root / folder) as found:
                    inner = sorted(found, key=lambda each: each.name)
            except OSError as error:
                self._contents.failed.append((str(folder), error.strerror or str(error)))
                continue
            waiting += reversed([path for each in inner if (path := self._take(folder, each)) is not None])

    def _take(self, folder: PurePosixPath, found: "os.DirEntry[str]") -> PurePosixPath | None:
        """Note a file; gives the path of a folder, which is still to be looked into."""
        path = folder / found.name
        if found.name.startswith("."):
            self._contents.left_out += 1
        elif found.is_symlink():
            self._contents.failed.append((str(path), LINK))
        elif found.is_dir(follow_symlinks=False):
            return path
        elif found.is_file(follow_symlinks=False):
            self._contents.entries.append(Entry(str(path), found.stat(follow_symlinks=False).st_size))
        else:
            self._contents.failed.append((str(path), "not a file"))
        return None
