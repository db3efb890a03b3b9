"""`emo reset-password`."""

from typing import Annotated

import typer

from emo_grpc.cli.account.passwords import read_new_password
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.options import NewStdin
from emo_grpc.cli.terminal.printing import print_line
from emo_grpc.cli.terminal.questions import ask, can_ask


@client_command
async def reset_password(
    remote: Remote,
    *,
    token: Annotated[str | None, typer.Argument(metavar="TOKEN", help="The token from the mail.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", help="Have a token mailed to this address, if an account has it.")
    ] = None,
    password_stdin: NewStdin = False,
) -> None:
    """Choose another password with a mailed token, when you have forgotten yours. Ends all logins.

    Without a token it has one mailed, to your account's address.
    """
    if token is not None and email is not None:
        raise Refusal("give a token, or --email to have one mailed")
    if token is None:
        await _have_one_mailed(remote, ask("E-mail address", email, otherwise="use --email"))
        if not can_ask() or password_stdin:
            return
        token = ask("Token from the mail", None, otherwise="name it in the command").strip()
    await remote.client.users.reset_password(token, read_new_password(from_stdin=password_stdin))
    print_line(f"Your password is changed, and all logins are ended. Now run: emo {remote.connection.arguments()}login")


async def _have_one_mailed(remote: Remote, email: str) -> None:
    await remote.client.users.request_password_reset(email)
    print_line(f"If an account has the address {email}, a token is on its way to it. It is good for an hour.")
