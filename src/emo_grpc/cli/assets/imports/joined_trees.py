"""Several archives or folders that are parts of one."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import IO

from emo_grpc.cli.assets.imports.trees import Contents, Entry, Tree
from emo_grpc.client import ByteSource


class JoinedTrees:
    """See Tree. Google hands out a Takeout in archives that have sidecars of one another's photos.

    Of what is in several of them, as Google's table of contents is, the first one's counts.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        self._tree_of: dict[str, Tree] = {}
        self._contents = Contents()
        for tree in trees:
            self._add(tree)

    @property
    def contents(self) -> Contents:
        """See Tree."""
        return self._contents

    @property
    def has_checksums(self) -> bool:
        """See Tree."""
        return all(tree.has_checksums for tree in self._tree_of.values())

    def read(self, entry: Entry) -> bytes:
        """See Tree."""
        return self._tree_of[entry.name].read(entry)

    def stream(self, entry: Entry) -> AbstractContextManager[IO[bytes]]:
        """See Tree."""
        return self._tree_of[entry.name].stream(entry)

    def open(self, entry: Entry) -> AbstractAsyncContextManager[ByteSource]:
        """See Tree."""
        return self._tree_of[entry.name].open(entry)

    def _add(self, tree: Tree) -> None:
        inner = tree.contents
        self._contents.left_out += inner.left_out
        self._contents.failed += inner.failed
        for entry in inner.entries:
            if entry.name not in self._tree_of:
                self._tree_of[entry.name] = tree
                self._contents.entries.append(entry)
