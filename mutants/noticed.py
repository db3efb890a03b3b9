"""What was noticed before, so that after a new test only the survivors are tried again."""

import json
from collections.abc import Iterable
from pathlib import Path

from mutants.mutant import Mutant
from mutants.trial import Outcome, Verdict


class Noticed:
    """A JSON file that has the outcome of mutants, by their keys."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outcomes: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def verdicts(self, mutants: Iterable[Mutant]) -> dict[Mutant, Verdict]:
        """Those that are known."""
        return {
            mutant: Verdict(mutant, Outcome(self._outcomes[mutant.key]))
            for mutant in mutants
            if mutant.key in self._outcomes
        }

    def add(self, verdict: Verdict) -> None:
        """Remember it, unless the mutant survived."""
        if verdict.outcome is not Outcome.SURVIVED:
            self._outcomes[verdict.mutant.key] = verdict.outcome.value
            self._path.write_text(json.dumps(self._outcomes), encoding="utf-8")
