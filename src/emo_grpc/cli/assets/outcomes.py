"""What becomes of each of many files, the same words for all commands."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from emo_grpc.cli.terminal.printing import counted, size_text


class Outcome(StrEnum):
    """Brought over now, there before, or neither."""

    NEW = "new"
    THERE = "there"
    FAILED = "failed"


def sum_text(outcomes: Sequence[Outcome], new_bytes: int) -> str:
    """One sentence of all files; `new_bytes`: of those that are new."""
    counts = Counter(outcomes)
    parts = [f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome if counts[outcome]]
    found = f": {', '.join(parts)}" if parts else ""
    return f"{counted(len(outcomes), 'file', 'files')}{found}; {size_text(new_bytes)} new."
