"""`emo admin mail`: what people get to read."""

from pathlib import Path
from typing import Annotated

import typer

from emo_grpc.cli.admin.engine_access import engine_failures
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.failures import EXIT_CODES_HELP

mail = typer.Typer(name="mail", cls=EmoGroup, no_args_is_help=True, epilog=EXIT_CODES_HELP)


@mail.callback()
def about() -> None:
    """Look at the mails that the server sends."""


@mail.command()
def preview(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which mail, such as activation or password-reset.")],
    locale: Annotated[str, typer.Option("--locale", help="Its language: en, es or ca.")] = "en",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", dir_okay=False, help="Write its HTML there, to look at.")
    ] = None,
) -> None:
    """Show a mail as a made-up person gets it. Nothing is sent; links are those of PUBLIC_URL."""
    from emo_grpc.cli.admin.outgoing.mail_preview import show_mail  # noqa: PLC0415 - see app

    with engine_failures():
        show_mail(name, locale, html)
