"""What the scripts of all shells ask, and how they are answered."""

import os
from typing import Any, Final

from typer._click.shell_completion import (  # typer has a click of its own, and exports little of it
    CompletionItem,
    ShellComplete,
    add_completion_class,
    split_arg_string,
)
from typer.exceptions import TyperException

from emo_grpc.cli.terminal.cleaning import clean

LINE: Final = "_EMO_LINE"
"""The variable with what was typed of the command, up to the cursor."""
CURSOR: Final = "\ue000"
"""Private use, so in no command line that makes sense: marks where the last word ends, be it empty or quoted."""


class LinesComplete(ShellComplete):
    """A line for each word that fits, with a tab and what it means. Words with tricks for terminals are left out."""

    name = "lines"
    source_template = ""

    def source_vars(self) -> dict[str, Any]:
        """None: `emo completion` has the scripts."""
        return {}

    def get_completion_args(self) -> tuple[list[str], str]:
        """The whole words after the command, and the beginning of another, which may be empty."""
        _, *words, last = ["", *split_arg_string(os.environ.get(LINE, "") + CURSOR)]
        return words[1:], last.removesuffix(CURSOR)

    def complete(self) -> str:
        """See ShellComplete. Ends the process without a line where nothing fits; what is wrong already fits nothing."""
        incomplete = ""
        try:
            args, incomplete = self.get_completion_args()
            found = self.get_completions(args, incomplete)
        except TyperException:
            found = []
        lines = [self.format_completion(item) for item in found if _is_offered(str(item.value), incomplete)]
        if not lines:
            raise SystemExit(0)
        return "\n".join(lines)

    def format_completion(self, item: CompletionItem) -> str:
        """See the class."""
        meaning = clean(" ".join((item.help or "").split()))
        return f"{item.value}\t{meaning}" if meaning else str(item.value)


def _is_offered(word: str, incomplete: str) -> bool:
    """Who has typed nothing yet is offered no option: a server that names an asset `--yes` would choose it."""
    return clean(word) == word and (incomplete.startswith("-") or not word.startswith("-"))


def answer_shells() -> None:
    """Let typer answer what the scripts ask."""
    add_completion_class(LinesComplete, LinesComplete.name)
