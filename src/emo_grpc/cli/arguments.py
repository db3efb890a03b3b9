"""What a person typed after a command, by the names that its help has."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from typer._click import Command, Context, Parameter  # typer has a click of its own
from typer._click.globals import get_current_context

from emo_grpc.cli.failures import Refusal

STREAM: Final = "-"
MAY_BE_EMPTY: Final = frozenset(
    {"description", "location", "former_location", "content_type", "public_name", "locale", "order_by"}
)
"""Texts that are empty by default, so that an empty one says something: `emo edit --place ""` takes it away."""
OF_THIS_FOLDER: Final = frozenset({"files", "output", "sources", "to"})
"""An empty path would be this folder, which is not what a script with a variable that is not set means."""


def refuse_empty(command: Command, context: Context, words: Collection[str]) -> None:
    """End with wrong usage if an argument or option is given without a text, but for MAY_BE_EMPTY.

    `words`: what was typed, before types made something else of it: an empty path would be a folder.
    """
    given, _, _ = command.make_parser(context).parse_args(list(words))
    for parameter in command.get_params(context):
        if parameter.name not in MAY_BE_EMPTY and _is_empty(given.get(parameter.name or "")):
            hint = "; this folder is called ./" if parameter.name in OF_THIS_FOLDER else ""
            context.fail(f"{name_of(parameter)} is empty{hint}")


def refuse_stream(given: str, why: str) -> None:
    """Raise Refusal for `-`, which stands for standard input and output, where that is no place."""
    if given == STREAM:
        raise Refusal(f"{why}; what is called - is ./-")


def name_of(parameter: Parameter) -> str:
    """As the help calls it: `--tag` of an option, `ASSET_ID` of an argument."""
    if parameter.param_type_name == "option":
        return max(parameter.opts, key=len)
    return str(parameter.metavar or parameter.name).upper()


def current_parameters() -> tuple[Mapping[str, Parameter], Mapping[str, Any]]:
    """The arguments and options of the command that runs, by their names in the program, and their values."""
    context = get_current_context(silent=True)
    if context is None:
        return {}, {}
    return {each.name or "": each for each in context.command.get_params(context)}, context.params


def _is_empty(given: Any) -> bool:
    return given == "" or (isinstance(given, list | tuple) and "" in given)
