"""The history of files, from a log of system calls."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from survival.power_cuts.history import ROOT, Change, History, Mark, Naming, Node, Resize, Sync, Write
from survival.power_cuts.promises import MARK
from survival.power_cuts.strace import Call

DESCRIPTOR: Final = re.compile(rb"(\d+|AT_FDCWD)<([^>]*)>")
LONGEST_PATH: Final = 4 * 4096
NULL: Final = "/dev/null"


class NotModelled(Exception):
    """A call does something to files that the model has no words for."""


@dataclass(slots=True)
class Opened:
    """What a descriptor stands for. `position` is where the next `write` goes."""

    node: Node
    position: int


class Recorder:
    """Follows what happens below a folder, which is empty at first."""

    def __init__(self, root: PurePosixPath) -> None:
        self._root = root
        self._marker = _in_hex(str(root))
        self._nodes = 1
        self._folders = {ROOT}
        self._mapped: set[Node] = set()
        self._names: defaultdict[Node, dict[str, Node]] = defaultdict(dict)
        self._sizes: defaultdict[Node, int] = defaultdict(int)
        self._opened: dict[int, Opened] = {}
        self._events: list[Change | Sync | Mark] = []
        self._followers: dict[str, Callable[[Call], None]] = {
            **dict.fromkeys(("open", "openat"), self._open),
            "write": self._write,
            "pwrite64": self._write_there,
            "ftruncate": self._cut,
            **dict.fromkeys(("fsync", "fdatasync"), self._sync),
            **dict.fromkeys(("rename", "renameat", "renameat2"), self._rename),
            **dict.fromkeys(("link", "linkat"), self._link),
            **dict.fromkeys(("unlink", "unlinkat", "rmdir"), self._remove),
            **dict.fromkeys(("mkdir", "mkdirat"), self._make_folder),
            "mmap": self._map,
        }

    def history(self, calls: Iterable[Call]) -> History:
        """Of all these calls. Raises NotModelled."""
        for call in calls:
            if any(self._marker in argument[:LONGEST_PATH] for argument in call.arguments):
                self._follow(call)
            elif call.name == "write" and _path_of(call.arguments[0]) == NULL:
                self._mark(call)
        return History(self._events, frozenset(self._folders), frozenset(self._mapped))

    def _follow(self, call: Call) -> None:
        if call.name not in self._followers:
            raise NotModelled(f"{call.name} of {_paths(call)}")
        self._followers[call.name](call)

    def _open(self, call: Call) -> None:
        folder, name = self._place(_paths(call)[0])
        flags = next(argument for argument in call.arguments if argument.startswith(b"O_")).split(b"|")
        node = self._names[folder].get(name) if name else ROOT
        if node is None:
            if b"O_CREAT" not in flags:
                raise NotModelled(f"nobody has made {_paths(call)}")
            node = self._new(is_folder=False)
            self._name(call, (folder, name, node))
        elif b"O_TRUNC" in flags:
            self._resize(call, node, 0)
        self._opened[call.result] = Opened(node, self._sizes[node] if b"O_APPEND" in flags else 0)

    def _write(self, call: Call) -> None:
        file = self._file(call)
        self._write_at(call, file.node, file.position)
        file.position += call.result

    def _write_there(self, call: Call) -> None:
        self._write_at(call, self._file(call).node, int(call.arguments[3]))

    def _write_at(self, call: Call, node: Node, offset: int) -> None:
        data = _bytes_of(call.arguments[1])[: call.result]
        self._events.append(Write(call.begin, call.end, node, offset, data))
        self._sizes[node] = max(self._sizes[node], offset + len(data))

    def _cut(self, call: Call) -> None:
        self._resize(call, self._file(call).node, int(call.arguments[1]))

    def _resize(self, call: Call, node: Node, size: int) -> None:
        self._events.append(Resize(call.begin, call.end, node, size))
        self._sizes[node] = size

    def _sync(self, call: Call) -> None:
        path = str(PurePosixPath(_path_of(call.arguments[0])).relative_to(self._root))
        self._events.append(Sync(call.begin, call.end, self._file(call).node, path))

    def _rename(self, call: Call) -> None:
        source, target = (self._place(path) for path in _paths(call))
        node = self._names[source[0]][source[1]]
        self._name(call, (*source, None), (*target, node))

    def _link(self, call: Call) -> None:
        source, target = (self._place(path) for path in _paths(call))
        self._name(call, (*target, self._names[source[0]][source[1]]))

    def _remove(self, call: Call) -> None:
        (path,) = _paths(call)
        self._name(call, (*self._place(path), None))

    def _make_folder(self, call: Call) -> None:
        (path,) = _paths(call)
        self._name(call, (*self._place(path), self._new(is_folder=True)))

    def _map(self, call: Call) -> None:
        if b"MAP_SHARED" in call.arguments[3].split(b"|") and b"PROT_WRITE" in call.arguments[2].split(b"|"):
            (number, _) = _descriptor(call.arguments[4])
            self._mapped.add(self._opened[number].node)

    def _mark(self, call: Call) -> None:
        text = _bytes_of(call.arguments[1])
        if text.startswith(MARK):
            self._events.append(Mark(call.begin, call.end, text))

    def _name(self, call: Call, *changes: tuple[Node, str, Node | None]) -> None:
        self._events.append(Naming(call.begin, call.end, changes))
        for folder, name, node in changes:
            if node is None:
                del self._names[folder][name]
            else:
                self._names[folder][name] = node

    def _new(self, *, is_folder: bool) -> Node:
        node, self._nodes = self._nodes, self._nodes + 1
        if is_folder:
            self._folders.add(node)
        return node

    def _file(self, call: Call) -> Opened:
        (number, _) = _descriptor(call.arguments[0])
        return self._opened[number]

    def _place(self, path: PurePosixPath) -> tuple[Node, str]:
        """Folder and name; no name for ROOT."""
        parts = path.relative_to(self._root).parts
        folder = ROOT
        for each in parts[:-1]:
            folder = self._names[folder][each]
        return folder, parts[-1] if parts else ""


def _paths(call: Call) -> list[PurePosixPath]:
    """Those that a call names, each from the folder that was given before it."""
    found, folder = [], PurePosixPath()
    for argument in call.arguments:
        if argument.startswith(b'"'):
            found.append(folder / _bytes_of(argument).decode())
        elif DESCRIPTOR.match(argument):
            folder = PurePosixPath(_path_of(argument))
    return found


def _descriptor(argument: bytes) -> tuple[int, str]:
    found = DESCRIPTOR.match(argument)
    assert found is not None, argument
    return int(found[1]), _unhex(found[2]).decode()


def _path_of(argument: bytes) -> str:
    found = DESCRIPTOR.match(argument)
    return _unhex(found[2]).decode(errors="replace") if found else ""


def _bytes_of(argument: bytes) -> bytes:
    if not argument.endswith(b'"'):
        raise NotModelled("a string that is too long for the log")
    return _unhex(argument[1:-1])


def _unhex(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


def _in_hex(text: str) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in text.encode())
