"""Finds the files that `emo upload` is to send."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emo_grpc.cli.failures import LOCAL, Refusal

STANDARD_INPUT: Final = Path("-")
NO_FILE: Final = "not a file"


@dataclass(slots=True)
class ChosenFiles:
    """The files meant.

    `left_out`: how many entries of folders are none of them on purpose. `failed`: what is in folders and can't be sent,
    with the sentence that says why.
    """

    paths: list[Path] = field(default_factory=list)
    left_out: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, *, recursive: bool) -> None:
        """Take a file, or those in a folder but for hidden ones and links to folders. Raises Refusal, OSError."""
        if path == STANDARD_INPUT:
            if path in self.paths:
                raise Refusal("standard input can be read once only")
            self.paths.append(path)
        elif path.is_dir():
            if not recursive:
                raise Refusal(f"{path} is a folder: use -r to upload what is in it")
            self.paths += self._files_in(path)
        elif path.is_file():
            self.paths.append(path)
        else:
            raise Refusal(f"{path}: {f'{NO_FILE}; - reads a pipe' if path.exists() else 'no such file'}", LOCAL)

    def _files_in(self, folder: Path) -> Iterator[Path]:
        """No recursion, since people's folders may be deeper than Python's stack."""
        waiting = self._entries_of(folder)
        while waiting:
            path = waiting.pop()
            mode = 0 if path.name.startswith(".") else self._mode_of(path)
            if mode is None:
                continue
            if stat.S_ISREG(mode):
                yield path
            elif stat.S_ISDIR(mode) and not path.is_symlink():
                waiting += self._entries_of(path)
            elif mode == 0 or stat.S_ISDIR(mode):
                self.left_out += 1
            else:
                self.failed.append((path, NO_FILE))

    def _entries_of(self, folder: Path) -> list[Path]:
        """Last first; none of a folder that can't be read."""
        try:
            return sorted(folder.iterdir(), reverse=True)
        except OSError as error:
            self._note(folder, error)
            return []

    def _mode_of(self, path: Path) -> int | None:
        """The mode of what it stands for; None if that is nothing or can't be found out."""
        try:
            return path.stat().st_mode
        except OSError as error:
            self._note(path, error)
            return None

    def _note(self, path: Path, error: OSError) -> None:
        is_dangling = isinstance(error, FileNotFoundError) and path.is_symlink()
        self.failed.append((path, "a link to nothing" if is_dangling else error.strerror or str(error)))


def files_under(paths: Sequence[Path], *, recursive: bool) -> ChosenFiles:
    """All of them, in the order in which they were named. Raises Refusal, OSError."""
    chosen = ChosenFiles()
    for path in paths:
        chosen.add(path, recursive=recursive)
    return chosen
