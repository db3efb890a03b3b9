"""Commands that need what a server is made of."""

from typing import Any

from typer._click import Context  # typer has a click of its own

from emo_grpc.cli.command_line import EmoCommand, EmoGroup
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.server.serve import UNAVAILABLE_EXIT
from emo_grpc.extras import Extra, installing, is_missing


class ServerCommand(EmoCommand):
    """A command that is refused where only the client is installed; its help is shown there, too."""

    def invoke(self, ctx: Context) -> Any:
        """See TyperCommand; raises Refusal."""
        _require_server(ctx)
        return super().invoke(ctx)


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
