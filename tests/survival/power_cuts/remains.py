"""Files and folders as a power cut left them."""

from collections import defaultdict
from collections.abc import Hashable
from pathlib import Path
from random import Random
from typing import Final

from survival.power_cuts.history import ROOT, Change, Naming, Node, Resize, Write

SECTORS: Final = (512, 4096)


class Remains:
    """What is put together, change by change, from what was kept."""

    def __init__(self, folders: frozenset[Node], mapped: frozenset[Node], random: Random) -> None:
        self._folders = folders
        self._mapped = mapped
        self._random = random
        self._files: defaultdict[Node, bytearray] = defaultdict(bytearray)
        self._names: defaultdict[Node, dict[str, Node]] = defaultdict(dict)
        self._taken: list[Hashable] = []

    @property
    def fingerprint(self) -> Hashable:
        """The same only if the same was kept."""
        return tuple(self._taken)

    def apply(self, change: Change) -> None:
        """Keep it."""
        self._taken.append(change.begin)
        match change:
            case Write():
                content = self._grown(change.node, change.offset + len(change.data), b"")
                content[change.offset : change.offset + len(change.data)] = change.data
            case Resize():
                content = self._grown(change.node, change.size, b"")
                del content[change.size :]
            case Naming():
                for folder, name, node in change.changes:
                    self._call(folder, name, node)

    def tear(self, change: Write) -> None:
        """Keep some sectors of it; the rest is as it was before, or, where nothing was, anything."""
        self._taken.append((change.begin, self._random.random()))
        sector, stale = self._random.choice(SECTORS), self._random.choice((b"", self._random.randbytes(64)))
        at, end = change.offset, change.offset + len(change.data)
        while at < end:
            to = min(end, (at // sector + 1) * sector)
            if self._random.random() < 0.5:
                content = self._grown(change.node, to, stale)
                content[at:to] = change.data[at - change.offset : to - change.offset]
            at = to
        if self._random.random() < 0.5:
            self._grown(change.node, end, stale)

    def write_to(self, place: Path) -> None:
        """Make them, in a folder that is not there yet."""
        self._write_folder(ROOT, place)

    def _grown(self, node: Node, size: int, stale: bytes) -> bytearray:
        content = self._files[node]
        missing = size - len(content)
        if missing > 0:
            content += (stale * (missing // len(stale) + 1))[:missing] if stale else bytes(missing)
        return content

    def _call(self, folder: Node, name: str, node: Node | None) -> None:
        if node is None:
            self._names[folder].pop(name, None)
            return
        if node in self._folders:  # a folder is in one place only, whatever way it came there
            for names in self._names.values():
                for other in [other for other, found in names.items() if found == node]:
                    del names[other]
        self._names[folder][name] = node

    def _write_folder(self, folder: Node, place: Path) -> None:
        place.mkdir(mode=0o700)
        for name, node in self._names[folder].items():
            if node in self._folders:
                self._write_folder(node, place / name)
            else:
                self._write_file(node, place / name)

    def _write_file(self, node: Node, path: Path) -> None:
        content = bytes(self._files[node])
        path.write_bytes(self._random.randbytes(len(content)) if node in self._mapped else content)
        path.chmod(0o600)
