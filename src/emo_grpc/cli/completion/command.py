"""`emo completion`."""

from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import typer

from emo_grpc.cli.terminal.output import write_output


class Shell(StrEnum):
    """Those that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def shell_name(text: str) -> Shell:
    """The shell that is called so; raises typer.BadParameter."""
    try:
        return Shell(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(Shell)}") from None


ShellArgument = Annotated[
    Shell,
    typer.Argument(
        metavar="bash|zsh|fish", help="Your shell.", parser=shell_name, autocompletion=lambda: list(map(str, Shell))
    ),
]


def completion(shell: ShellArgument) -> None:
    """Print a script that lets your shell complete commands, options, and what your assets are called.

    Names are asked from the server of your login, and kept for some seconds. Its first line says where it belongs.
    """
    write_output((files("emo_grpc.cli.completion") / "scripts" / f"emo.{shell}").read_text("utf-8"))
