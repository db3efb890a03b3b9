"""Finds the files that `emo upload` is to send."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emo_grpc.cli.failures import LOCAL, Refusal

STANDARD_INPUT: Final = Path("-")


@dataclass(slots=True)
class ChosenFiles:
    """The files meant, and how many entries of folders are none of them."""

    paths: list[Path] = field(default_factory=list)
    left_out: int = 0

    def add(self, path: Path, *, recursive: bool) -> None:
        """Take a file, or those in a folder but for hidden ones and links to folders. Raises Refusal."""
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
            raise Refusal(f"{path}: {'not a file' if path.exists() else 'no such file'}", LOCAL)

    def _files_in(self, folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            is_hidden = path.name.startswith(".")
            if not is_hidden and path.is_dir() and not path.is_symlink():
                yield from self._files_in(path)
            elif not is_hidden and path.is_file():
                yield path
            else:
                self.left_out += 1


def files_under(paths: Sequence[Path], *, recursive: bool) -> ChosenFiles:
    """All of them, in the order in which they were named. Raises Refusal."""
    chosen = ChosenFiles()
    for path in paths:
        chosen.add(path, recursive=recursive)
    return chosen
