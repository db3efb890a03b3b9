"""One fault that somebody could make."""

import hashlib
from dataclasses import dataclass
from typing import Final

SHOWN: Final = 90
"""Characters of a piece of code on the page."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The bytes `begin` to `end` of the file `path`, below src/emo_grpc/, become `new`.

    `within` is the class and function, or the name of a constant; `often` tells mutants apart that look the same there.
    It happens on the lines `line` to `last_line`, from 1. `tests` are those to ask besides all that run these lines.
    """

    path: str
    within: str
    rule: str
    old: str
    new: str
    begin: int
    end: int
    line: int
    last_line: int
    often: int = 0
    tests: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Stays the same while other code changes."""
        which = f" ({self.often + 1})" if self.often else ""
        return f"{self.path} {self.within}: {shown(self.old)} → {shown(self.new)}{which}"

    @property
    def lot(self) -> float:
        """A number from 0 to 1 that depends on nothing but the key, so that no sample can be chosen to look well."""
        return int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:8]) / 2**64

    def applied_to(self, source: bytes) -> bytes:
        """The file with the fault in it."""
        return source[: self.begin] + self.new.encode() + source[self.end :]


def shown(code: str) -> str:
    """On one line."""
    line = " ".join(code.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
