"""Finds the files that `emo upload` is to send, and the folders that they go into."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emo_grpc.cli.failures import LOCAL, Refusal
from emo_grpc.cli.terminal.printing import counted, print_error

STANDARD_INPUT: Final = Path("-")
NO_FILE: Final = "not a file"
NO_NAMES: Final = frozenset({"", "..", "."})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to send. `names`: the folders that it lies in, from the one that was named on. `size`: bytes, just now."""

    path: Path
    names: tuple[str, ...] = ()
    size: int = 0


@dataclass(slots=True)
class ChosenFiles:
    """The files meant.

    `hidden` and `folder_links`: how many entries of folders are none of them on purpose. `links`: how many of the files
    in folders are links to files. `unfinished`: files in folders that downloads grow in, which are sent to nobody.
    `failed`: what is in folders and can't be sent, with the sentence that says why.
    """

    files: list[FoundFile] = field(default_factory=list)
    hidden: int = 0
    folder_links: int = 0
    links: int = 0
    unfinished: list[FoundFile] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, *, recursive: bool) -> None:
        """Take a file, or those in a folder but for hidden ones and links to folders. Raises Refusal, OSError."""
        if path == STANDARD_INPUT:
            if path in (each.path for each in self.files):
                raise Refusal("standard input can be read once only")
            self.files.append(FoundFile(path))
        elif path.is_dir():
            if not recursive:
                raise Refusal(f"{path} is a folder: use -r to upload what is in it")
            self.files += self.files_in(path, _names_of(path))
        elif path.is_file():
            self.files.append(FoundFile(path, size=path.stat().st_size))
        else:
            raise Refusal(f"{path}: {f'{NO_FILE}; - reads a pipe' if path.exists() else 'no such file'}", LOCAL)

    def files_in(self, folder: Path, names: tuple[str, ...]) -> Iterator[FoundFile]:
        """All below a folder, which has these names. No recursion: a folder may be deeper than Python's stack."""
        from emo_grpc.client.transfers.file_names import is_partial  # noqa: PLC0415 - see app

        waiting = self._entries_of(folder, names)
        while waiting:
            path, names = waiting.pop()
            found = None if path.name.startswith(".") else self._stat_of(path)
            if found is None:
                self.hidden += path.name.startswith(".")
            elif stat.S_ISREG(found.st_mode) and is_partial(path.name):
                self.unfinished.append(FoundFile(path, names, found.st_size))
            elif stat.S_ISREG(found.st_mode):
                self.links += path.is_symlink()
                yield FoundFile(path, names, found.st_size)
            elif not stat.S_ISDIR(found.st_mode):
                self.failed.append((path, NO_FILE))
            elif path.is_symlink():
                self.folder_links += 1
            else:
                waiting += self._entries_of(path, (*names, path.name))

    def _entries_of(self, folder: Path, names: tuple[str, ...]) -> list[tuple[Path, tuple[str, ...]]]:
        """Last first; none of a folder that can't be read."""
        try:
            return [(path, names) for path in sorted(folder.iterdir(), reverse=True)]
        except OSError as error:
            self._note(folder, error)
            return []

    def _stat_of(self, path: Path) -> os.stat_result | None:
        """Of what it stands for; None if that is nothing or can't be found out."""
        try:
            return path.stat()
        except OSError as error:
            self._note(path, error)
            return None

    def _note(self, path: Path, error: OSError) -> None:
        is_dangling = isinstance(error, FileNotFoundError) and path.is_symlink()
        self.failed.append((path, "a link to nothing" if is_dangling else error.strerror or str(error)))


def print_what_is_special(chosen: ChosenFiles, *, with_hidden: bool) -> None:
    """What folders have that is left out, or sent as something else; what is hidden only `with_hidden`."""
    left_out = chosen.folder_links + (chosen.hidden if with_hidden else 0)
    if left_out:
        print_error(f"{left_out:,} left out: {'hidden, or ' if with_hidden else ''}a link to a folder")
    if chosen.links:
        one, many = "link to a file: it is", "links to files: each is"
        print_error(f"{counted(chosen.links, one, many)} sent as a file of its own, with what it leads to")
    if chosen.unfinished:
        print_error(f"{counted(len(chosen.unfinished), 'unfinished download', 'unfinished downloads')} left out")
    for path, why in chosen.failed:
        print_error(f"{path}: {why}")


def files_under(paths: Sequence[Path], *, recursive: bool) -> ChosenFiles:
    """All of them, in the order in which they were named. Raises Refusal, OSError."""
    chosen = ChosenFiles()
    for path in paths:
        chosen.add(path, recursive=recursive)
    return chosen


def _names_of(folder: Path) -> tuple[str, ...]:
    """A folder brings its own name along, as with `cp -r`; this one, the one above and the root have none."""
    return () if folder.name in NO_NAMES else (folder.name,)
