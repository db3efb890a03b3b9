"""What a sync does, and how it is shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, print_error, print_json, print_line, print_rows, size_cell

HEADINGS: Final = ("", "File", "Size")
TO: Final = "To"
"""Only where something is moved."""
SHOWN_ONE_BY_ONE: Final = 50
"""Of more steps a person is told only the sum, once they are taken."""


class Action(StrEnum):
    """What becomes of a file."""

    SEND = "send"
    FETCH = "fetch"
    MOVE = "move"
    TRASH = "trash"
    SET_ASIDE = "set aside"
    FAILED = "failed"


PLANNED: Final = {
    Action.SEND: "send {:,}",
    Action.FETCH: "fetch {:,}",
    Action.MOVE: "move {:,}",
    Action.TRASH: "move {:,} to the trash",
    Action.SET_ASIDE: "set {:,} aside",
}
"""What would be done, with how many files; nothing is planned to fail."""
DONE: Final = {
    Action.SEND: "sent",
    Action.FETCH: "fetched",
    Action.MOVE: "moved",
    Action.TRASH: "moved to the trash",
    Action.SET_ASIDE: "set aside",
    Action.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of them: `path` as people know it, `size` in bytes, and of what is moved the new path."""

    action: Action
    path: str
    size: int
    new_path: str = ""

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "action": self.action.value,
            "path": self.path,
            "new_path": self.new_path,
            "size_bytes": self.size,
        }


def print_json_steps(steps: Sequence[Step]) -> None:
    """One list of all."""
    print_json([step.as_dict() for step in steps])


def print_steps(steps: Sequence[Step], *, is_plan: bool) -> None:
    """A table for people, lines of action, path and bytes for programs, and where something is moved its new path."""
    if is_terminal() and not is_plan and len(steps) > SHOWN_ONE_BY_ONE:
        return
    if steps or not is_terminal():
        has_moves = any(step.new_path for step in steps)
        rows = ([_action(step, is_plan=is_plan), *_row(step), *[step.new_path] * has_moves] for step in steps)
        print_rows((*HEADINGS, *[TO] * has_moves), rows, right=("Size",))


def print_what_was_done(steps: Iterable[Step], same: int, *, is_plan: bool) -> None:
    """One line for people."""
    if is_terminal():
        counts = Counter(step.action for step in steps)
        print_line(_plan_text(counts, same) if is_plan else _done_text(counts, same))


def _plan_text(counts: Mapping[Action, int], same: int) -> str:
    parts = [words.format(counts[action]) for action, words in PLANNED.items() if counts[action]]
    would = f"It would {', '.join(parts)}; " if parts else ""
    return f"Nothing was done. {would}{same:,} the same."


def _done_text(counts: Mapping[Action, int], same: int) -> str:
    parts = [f"{counts[action]:,} {word}" for action, word in DONE.items() if counts[action]]
    return f"{', '.join([*parts, f'{same:,} the same'])}."


def print_what_stays(count: int, where: str, *, deletes: bool, why_not: str) -> None:
    """Of what only the other side has: why it is still there."""
    if not count:
        return
    what = f"{counted(count, 'file', 'files')} only {where}"
    if not deletes:
        print_error(f"{what}: --delete moves {'it' if count == 1 else 'them'} out of the way")
    elif why_not:
        print_error(f"{what}, and stay there: {why_not}")


def _action(step: Step, *, is_plan: bool) -> str:
    """In a pipe one word for each, before and after."""
    return DONE[step.action] if is_terminal() and not is_plan else step.action.value


def _row(step: Step) -> list[str]:
    return [step.path, size_cell(step.size)]
