"""The lines of an export's assets.jsonl, of which one at a time is in memory."""

from collections.abc import Iterator

from emo_grpc.cli.assets.exports.export_format import MAX_RECORD_BYTES
from emo_grpc.cli.assets.exports.targets import Summing
from emo_grpc.cli.assets.imports.plan import CannotImport
from emo_grpc.cli.assets.imports.trees import Entry, Tree


def lines_of(tree: Tree, entry: Entry, summing: Summing) -> Iterator[bytes]:
    """Each line with its end; of one that is too long only so much that this can be seen. Blocking. Raises OSError."""
    with tree.stream(entry) as stream:
        while line := summing.add(stream.readline(MAX_RECORD_BYTES + 1)):
            end = line
            while len(end) > MAX_RECORD_BYTES and not end.endswith(b"\n"):
                end = summing.add(stream.readline(MAX_RECORD_BYTES + 1))
            yield line


class RecordLines:
    """Gives the lines once more by their numbers, from 1 on: quickly while these go up."""

    def __init__(self, tree: Tree, entry: Entry) -> None:
        self._tree = tree
        self._entry = entry
        self._lines: Iterator[bytes] = iter(())
        self._number = 0

    def line(self, number: int) -> bytes:
        """Blocking. Raises OSError, CannotImport if there is none any more."""
        if number <= self._number or not self._number:
            self._lines, self._number = lines_of(self._tree, self._entry, Summing()), 0
        for line in self._lines:
            self._number += 1
            if self._number == number:
                return line
        raise CannotImport("what the export says of it was changed meanwhile")
