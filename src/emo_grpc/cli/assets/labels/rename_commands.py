"""`emo tag rename`, `emo person rename` and `emo place rename`."""

from collections.abc import AsyncIterator
from typing import Annotated

import typer

from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import counted, print_line

tag = typer.Typer(name="tag", cls=EmoGroup, no_args_is_help=True, help="Rename tags.")
person = typer.Typer(name="person", cls=EmoGroup, no_args_is_help=True, help="Rename people.")
place = typer.Typer(name="place", cls=EmoGroup, no_args_is_help=True, help="Rename places.")

New = Annotated[str, typer.Argument(metavar="NEW", help="What it is called then; one that is there takes it in.")]


@tag.command("rename")
@client_command
async def rename_tag(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="TAG", help="The tag.", autocompletion=completers.tags)],
    new: New,
) -> None:
    """Give a tag another name on all your assets, or make it one with another tag."""
    await _require("tag", old, (each.tag async for each in remote.client.assets.tags(prefix=old)))
    _print_end(old, new, await remote.client.assets.rename_tag(old, new))


@person.command("rename")
@client_command
async def rename_person(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="NAME", help="The person.", autocompletion=completers.people)],
    new: New,
) -> None:
    """Give a person another name on all your assets, or make them one with another person."""
    await _require("person", old, (each.person async for each in remote.client.assets.people(prefix=old)))
    _print_end(old, new, await remote.client.assets.rename_person(old, new))


@place.command("rename")
@client_command
async def rename_place(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="PLACE", help="The place.", autocompletion=completers.places)],
    new: New,
) -> None:
    """Give a place another name on all your assets, or make it one with another place."""
    await _require("place", old, (each.location async for each in remote.client.assets.places(prefix=old)))
    _print_end(old, new, await remote.client.assets.rename_place(old, new))


async def _require(kind: str, name: str, beginning_so: AsyncIterator[str]) -> None:
    """Raise Refusal if no asset has this one; a name in other letters, of those that begin so, is another one."""
    found = [each async for each in beginning_so]
    if name not in found:
        like_it = f"; there is {found[0]}" if found else ""
        raise Refusal(f"no asset has the {kind} {name}{like_it}", EXIT_CODES["NOT_FOUND"])


def _print_end(old: str, new: str, remaining: int) -> None:
    if remaining:
        print_line(f"{counted(remaining, 'asset still has', 'assets still have')} {old}; the server goes on by itself.")
    else:
        print_line(f"No asset has {old} any more; those that had it have {new}.")
