"""`emo tag rename`, `emo person rename` and `emo place rename`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, NamedTuple, TypeAlias

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.merging import may_merge
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import counted, print_line
from emo_grpc.spaces import without_spaces

tag = typer.Typer(name="tag", cls=EmoGroup, no_args_is_help=True, help="Rename tags.")
person = typer.Typer(name="person", cls=EmoGroup, no_args_is_help=True, help="Rename people.")
place = typer.Typer(name="place", cls=EmoGroup, no_args_is_help=True, help="Rename places.")

Counts: TypeAlias = AsyncIterator[tuple[str, int]]
"""Labels, and how many assets have each."""
New = Annotated[str, typer.Argument(metavar="NEW", help="What it is called then; one that is there takes it in.")]


class Labels(NamedTuple):
    """Those of one kind: `counts` those that begin so, and `rename` gives how many assets are still to be changed."""

    kind: str
    counts: Callable[[str], Counts]
    rename: Callable[[str, str], Awaitable[int]]


@tag.command("rename")
@client_command
async def rename_tag(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="TAG", help="The tag.", autocompletion=completers.tags)],
    new: New,
    yes: options.Yes = False,
) -> None:
    """Give a tag another name on all your assets, or make it one with another tag; asks before that."""

    def counts(prefix: str) -> Counts:
        return ((each.tag, each.count) async for each in remote.client.assets.tags(prefix=prefix))

    await _rename(Labels("tag", counts, remote.client.assets.rename_tag), old, new, yes=yes)


@person.command("rename")
@client_command
async def rename_person(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="NAME", help="The person.", autocompletion=completers.people)],
    new: New,
    yes: options.Yes = False,
) -> None:
    """Give a person another name on all your assets, or make them one with another person; asks before that."""

    def counts(prefix: str) -> Counts:
        return ((each.person, each.count) async for each in remote.client.assets.people(prefix=prefix))

    await _rename(Labels("person", counts, remote.client.assets.rename_person), old, new, yes=yes)


@place.command("rename")
@client_command
async def rename_place(
    remote: Remote,
    *,
    old: Annotated[str, typer.Argument(metavar="PLACE", help="The place.", autocompletion=completers.places)],
    new: New,
    yes: options.Yes = False,
) -> None:
    """Give a place another name on all your assets, or make it one with another place; asks before that."""

    def counts(prefix: str) -> Counts:
        return ((each.location, each.count) async for each in remote.client.assets.places(prefix=prefix))

    await _rename(Labels("place", counts, remote.client.assets.rename_place), old, new, yes=yes)


async def _rename(labels: Labels, old: str, new: str, *, yes: bool) -> None:
    new = without_spaces(new)
    await _require(labels.kind, old, labels.counts(old))
    already = await _count_of(new, labels.counts(new)) if new != old else 0
    have = f"{counted(already, 'asset has', 'assets have')} {new} already"
    if not already or may_merge(old, new, have, yes=yes, otherwise="nothing was renamed"):
        _print_end(old, new, await labels.rename(old, new), is_merged=already > 0)


async def _require(kind: str, name: str, beginning_so: Counts) -> None:
    """Raise Refusal if no asset has this one; a name in other letters, of those that begin so, is another one."""
    found = [each async for each, _ in beginning_so]
    if name not in found:
        like_it = f"; there is {found[0]}" if found else ""
        raise Refusal(f"no asset has the {kind} {name}{like_it}", EXIT_CODES["NOT_FOUND"])


async def _count_of(name: str, beginning_so: Counts) -> int:
    """How many assets have it."""
    return next((count for each, count in [each async for each in beginning_so] if each == name), 0)


def _print_end(old: str, new: str, remaining: int, *, is_merged: bool) -> None:
    if remaining:
        print_line(f"{counted(remaining, 'asset still has', 'assets still have')} {old}; the server goes on by itself.")
    else:
        end = ", which was there already; both are one now." if is_merged else "."
        print_line(f"No asset has {old} any more; those that had it have {new}{end}")
