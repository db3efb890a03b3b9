"""Commands that need what a server is made of."""

from typing import Any

import typer
from typer._click import Context  # typer has a click of its own
from typer.exceptions import TyperException

from emo_grpc.cli.command_line import EmoCommand, EmoGroup
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.server.json_output import begin_json_log, is_asked_for, log_failure
from emo_grpc.cli.server.serve import UNAVAILABLE_EXIT
from emo_grpc.extras import Extra, installing, is_missing


class ServerCommand(EmoCommand):
    """A command that is refused where only the client is installed; its help is shown there, too."""

    def invoke(self, ctx: Context) -> Any:
        """See TyperCommand; raises Refusal."""
        _require_server(ctx)
        return super().invoke(ctx)


class ServingCommand(ServerCommand):
    """A command that runs a server; wrong usage is told in the format of its log."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """See EmoCommand."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if is_missing(Extra.SERVER) or not is_asked_for():
                raise
            begin_json_log()
            log_failure(error.format_message())
            raise typer.Exit(error.exit_code) from None


class ServerGroup(EmoGroup):
    """As ServerCommand, for a group that does something by itself when no command of it is named."""

    def invoke(self, ctx: Context) -> Any:
        """See TyperGroup; raises Refusal."""
        if not ctx._protected_args:  # click offers no other way to know before it runs the group
            _require_server(ctx)
        return super().invoke(ctx)


def _require_server(context: Context) -> None:
    if is_missing(Extra.SERVER):
        command, remedy = context.command_path, installing(Extra.SERVER)
        raise Refusal(f"{command} is part of the server, which is not installed: {remedy}", UNAVAILABLE_EXIT)
