"""Makes the help of commands from their docstrings."""

import inspect
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from typer._click import Context, HelpFormatter  # typer has a click of its own
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from emo_grpc.cli.terminal.output import writing

NARROW: Final = 80
"""On fewer columns boxes and columns leave no room for words."""

VALUES: Final = {"<bool>": "", "<str>": "TEXT", "<int range>": "NUMBER"}
"""What follows an option without a metavar, by what typer would show: a `<bool>` looks like a value to be typed."""


def help_of(command: object) -> str:
    """Each paragraph in one line, which the terminal breaks: typer would keep the breaks of all but the first."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _name_values(command: TyperCommand | TyperGroup, ctx: Context) -> None:
    for each in command.get_params(ctx):
        if isinstance(each, TyperArgument) and not each.type_descriptor.is_choice:
            setattr(each, "display_type_rich", lambda ctx: None)  # noqa: ARG005, B010 - typer gives it by name; mypy forbids the plain way
        elif isinstance(each, TyperOption) and each.metavar is None:
            each.metavar = VALUES.get(each.display_type(ctx))


@contextmanager
def writing_help(command: TyperCommand | TyperGroup, ctx: Context, formatter: HelpFormatter) -> Iterator[None]:
    """Around the writing of a command's help: on a narrow terminal without boxes, each option above its sentence."""
    columns = shutil.get_terminal_size().columns
    mode = command.rich_markup_mode
    _name_values(command, ctx)
    if columns < NARROW:
        command.rich_markup_mode = None
        formatter.width = columns
        setattr(formatter, "write_dl", partial(formatter.write_dl, col_max=0))  # noqa: B010 - mypy forbids the plain way
    try:
        with writing():
            yield
    finally:
        command.rich_markup_mode = mode
