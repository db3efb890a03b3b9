"""What to break, as `plan.toml` says."""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from mutants.mutant import Mutant
from mutants.places import mutants_of

PLAN: Final = Path(__file__).parent / "plan.toml"


@dataclass(frozen=True, slots=True)
class Plan:
    """`share` and `wanted` are from 0 to 1; `survivors` has a sentence for each mutant that may go unnoticed."""

    files: list[str]
    share: float
    wanted: float
    tests: list[str]
    looking: list[str]
    own: list[dict[str, str]]
    survivors: dict[str, str]

    @classmethod
    def read(cls) -> "Plan":
        """Of this folder."""
        return cls(**tomllib.loads(PLAN.read_text(encoding="utf-8")))

    def everything(self, src: Path) -> list[Mutant]:
        """All that the rules make of the files, below the package `src`, and our own."""
        paths = sorted({str(path.relative_to(src)) for pattern in self.files for path in src.glob(pattern)})
        return [*self._own(src), *(mutant for path in paths for mutant in mutants_of(path, src))]

    def sample(self, mutants: list[Mutant]) -> list[Mutant]:
        """Our own, those whose lot falls into the share, and of each file the first by lot."""
        chosen = []
        for _, group in groupby(mutants, key=lambda mutant: (mutant.rule == "own", mutant.path)):
            by_lot = sorted(group, key=lambda mutant: mutant.lot)
            chosen += [mutant for mutant in by_lot if mutant.rule == "own" or mutant.lot < self.share] or by_lot[:1]
        return chosen

    def _own(self, src: Path) -> Iterator[Mutant]:
        for fault in self.own:
            source = (src / fault["path"]).read_text(encoding="utf-8")
            if source.count(fault["old"]) != 1:
                sys.exit(f"{PLAN.name}: what is to be broken stands not once in {fault['path']}: {fault['old']}")
            begin = len(source[: source.index(fault["old"])].encode())
            line = source[: source.index(fault["old"])].count("\n") + 1
            yield Mutant(
                path=fault["path"],
                within=fault["what"],
                rule="own",
                old=fault["old"],
                new=fault["new"],
                begin=begin,
                end=begin + len(fault["old"].encode()),
                line=line,
                last_line=line + fault["old"].count("\n"),
                tests=tuple(fault["tests"].split()),
            )
