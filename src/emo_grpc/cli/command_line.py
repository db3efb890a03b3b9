"""What is typed after `emo`: commands are found, wrong usage is told in one line, and there is one way to end."""

import sys
from functools import partial
from typing import Any, Final

from typer._click import Command, Context, HelpFormatter  # typer has a click of its own, and exports little of it
from typer._click.exceptions import NoSuchOption
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from emo_grpc.cli.arguments import refuse_empty
from emo_grpc.cli.ending import run_to_exit_code
from emo_grpc.cli.help_text import writing_help
from emo_grpc.cli.suggestions import OTHER_OPTIONS, owner_of, suggestion_for, suggestion_within
from emo_grpc.cli.terminal.output import prepare_streams

SENTENCE: Final = 400
"""Characters of a command's first sentence, all of which are shown in a list of commands."""


class EmoCommand(TyperCommand):
    """One command."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """See TyperCommand; what is given without a text is refused."""
        words = tuple(args)
        try:
            rest = super().parse_args(ctx, args)
        except NoSuchOption as error:
            other = OTHER_OPTIONS.get(error.option_name)
            if other and any(other in each.opts for each in self.params):
                error.possibilities = [other]
            raise
        refuse_empty(self, ctx, words)
        return rest

    def get_short_help_str(self, limit: int = SENTENCE) -> str:
        """See TyperCommand; the terminal breaks it, so it is not cut."""
        return super().get_short_help_str(max(limit, SENTENCE))

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """See TyperCommand."""
        with writing_help(self, ctx, formatter):
            super().format_help(ctx, formatter)


class EmoGroup(TyperGroup):
    """Commands under one name; `emo` itself is one."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """See EmoCommand; an option that belongs to a command is told with its place."""
        words = tuple(args)
        try:
            rest = super().parse_args(ctx, args)
        except NoSuchOption as error:
            owner = owner_of(error.option_name, self, words)
            if owner is not None:
                ctx.fail(f"{error.option_name} follows its command: {ctx.command_path} {owner} {error.option_name}")
            raise
        refuse_empty(self, ctx, words)
        return rest

    def get_short_help_str(self, limit: int = SENTENCE) -> str:
        """See EmoCommand."""
        return super().get_short_help_str(max(limit, SENTENCE))

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """See TyperGroup."""
        with writing_help(self, ctx, formatter):
            super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """As TyperGroup does, but what is no command is told with what may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except TyperException:
            if args[0].startswith("-"):
                raise
            root = ctx.find_root().command
            hint = "" if self is root else suggestion_within(args[0], self, ctx.command_path)
            if not hint and isinstance(root, TyperGroup):
                hint = suggestion_for(args[0], root)
            ctx.fail(f"no such command: {args[0]}{hint}")

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run what was typed, and end the process with its exit code."""
        extra["standalone_mode"] = False
        run = partial(super().main, *args, **extra)
        if not standalone_mode:
            return run()
        prepare_streams()
        sys.exit(run_to_exit_code(run))
