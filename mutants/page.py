"""The page that says what went unnoticed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from mutants.mutant import Mutant, shown
from mutants.rules import RULES
from mutants.trial import Outcome, Verdict

OWN = "our own list: what no rule makes"
UNEXPLAINED = "**not explained yet**"


def noticed(verdicts: Iterable[Verdict]) -> float:
    """The share, from 0 to 1. What hangs is noticed by whoever waits."""
    survived = [verdict.outcome is Outcome.SURVIVED for verdict in verdicts]
    return 1 - sum(survived) / len(survived) if survived else 1.0


def page(verdicts: list[Verdict], made: int, sentences: Mapping[str, str], commit: str) -> str:
    """All of it, in Markdown; `made` is how many mutants the rules make of the code of this commit."""
    survivors = [verdict.mutant for verdict in verdicts if verdict.outcome is Outcome.SURVIVED]
    hung = sum(verdict.outcome is Outcome.HUNG for verdict in verdicts)
    return "\n".join(
        (
            "# Mutants",
            "",
            f"`make mutants` wrote this page on {datetime.now(UTC):%Y-%m-%d}, of commit {commit}:",
            "what has moved since stands here as it was then. It breaks the code in one place at a time, runs the",
            "tests that run this place, and looks whether one fails: in domain and service layer, and in what keeps",
            "secrets and durable files ([plan](../mutants/plan.toml)).",
            "",
            f"**{len(verdicts) - len(survivors)} of {len(verdicts)} were noticed, {noticed(verdicts):.1%}**; {hung} of",
            f"them since the tests hung. They were drawn by lot from {made:,}, with at least one of each file that has",
            "any; `make mutants MUTANTS=all` tries them all.",
            "",
            *_table(verdicts),
            "",
            "## What went unnoticed",
            "",
            *(_item(mutant, sentences.get(mutant.key, UNEXPLAINED)) for mutant in survivors),
            *([] if survivors else ["Nothing."]),
            "",
        )
    )


def _table(verdicts: list[Verdict]) -> list[str]:
    tried = Counter(verdict.mutant.rule for verdict in verdicts)
    missed = Counter(verdict.mutant.rule for verdict in verdicts if verdict.outcome is Outcome.SURVIVED)
    rows = [
        f"| {what} | {tried[rule]} | {tried[rule] - missed[rule]} |"
        for rule, what in {"own": OWN, **RULES}.items()
        if tried[rule]
    ]
    return ["| what is broken | tried | noticed |", "|---|---:|---:|", *rows]


def _item(mutant: Mutant, sentence: str) -> str:
    return f"- {mutant.path}, {mutant.within}: `{shown(mutant.old)}` → `{shown(mutant.new)}`\\\n  {sentence}"
