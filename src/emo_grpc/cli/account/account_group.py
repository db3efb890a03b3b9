"""`emo account`: shows and changes your account, and its `confirm-email`, `undo-email` and `delete`."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from emo_grpc.cli.account.fresh_login import refuse_services, with_fresh_login
from emo_grpc.cli.account.passwords import read_password
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.options import LANGUAGE, AsJson, MailedToken, PasswordStdin
from emo_grpc.cli.terminal.printing import print_line
from emo_grpc.cli.terminal.questions import can_ask, confirm

account = typer.Typer(name="account", cls=EmoGroup)


def alone(command: Callable[..., None]) -> Callable[..., None]:
    """The command of a group; it does nothing where one of the group's commands follows."""

    # Any: as in client_command.
    @wraps(command)
    def unless_followed(context: typer.Context, **given: Any) -> None:
        follower = context.invoked_subcommand
        if follower is None:
            command(context=context, **given)
        elif any(value not in (None, False) for value in given.values()):
            context.fail(f"options follow the command: {context.command_path} {follower}")

    return unless_followed


def mail_address(text: str) -> str:
    """What may be an address, which the server knows better; raises typer.BadParameter for what has no two parts."""
    local, _, domain = text.rpartition("@")
    if not (local and domain):
        raise typer.BadParameter(f"{text!r} is no e-mail address; write it as ann@example.com")
    return text


@account.callback(invoke_without_command=True)
@alone
@client_command
async def show_or_change(
    remote: Remote,
    *,
    username: Annotated[str | None, typer.Option("--username", help="Have this username from now on.")] = None,
    public_name: Annotated[
        str | None, typer.Option("--name", help="Your name as others see it; empty: the username.")
    ] = None,
    locale: Annotated[str | None, typer.Option("--locale", help=LANGUAGE)] = None,
    email: Annotated[
        str | None,
        typer.Option(
            "--email",
            parser=mail_address,
            metavar="ADDRESS",
            help="Have a token mailed to this address, which confirms it as yours.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show your account, or change it."""
    from emo.users.v1.users_pb2 import User  # noqa: PLC0415 - see app
    from emo_grpc.cli.account.languages import require_language  # noqa: PLC0415 - see app
    from emo_grpc.cli.account.texts import print_account  # noqa: PLC0415 - see app

    if email is not None:
        refuse_services("change the address")
    given = {"username": username, "public_name": public_name, "locale": locale}
    changed = [name for name, value in given.items() if value is not None]
    await require_language(remote.client, locale or "")
    if changed:
        await remote.client.users.update_me(
            User(username=username or "", public_name=public_name or "", locale=locale or ""), changed
        )
        print_line("Changed your account.")
    if email is not None:
        await _have_token_mailed(remote, email)
    if not changed and email is None:
        print_account(await remote.client.users.get_account(), as_json=as_json)


@account.command("confirm-email")
@client_command
async def confirm_email(remote: Remote, token: MailedToken) -> None:
    """Make a new address that of your account, with the token that was mailed to it."""
    await remote.client.users.confirm_email_change(token)
    print_line("Your account has its new address. A mail to the one before tells how to go back, for 7 days.")


@account.command("undo-email")
@client_command
async def undo_email(remote: Remote, token: MailedToken) -> None:
    """Give your account its former address back, with the token that was mailed there. Ends all logins.

    The password is worth nothing any more, for it was perhaps not you who changed the address. Another mail brings a
    token to choose a new one.
    """
    await remote.client.users.undo_email_change(token)
    print_line("Your account has its former address again, and all logins are ended.")
    print_line("A mail to it brings a token: choose a new password with emo reset-password.")


@account.command()
@client_command
async def delete(
    remote: Remote,
    *,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Remove your account with everything it owns, for good. Asks first."""
    refuse_services("delete the account")
    if not yes and not can_ask():
        raise Refusal("there is no terminal to ask: use --yes")
    me = await remote.client.users.get_me()
    question = f"Remove the account {me.username} with all its files, for good?"
    if not yes and not confirm(question, otherwise="nothing was removed"):
        return
    password = read_password(from_stdin=password_stdin)
    await with_fresh_login(
        remote,
        me.username,
        lambda: remote.client.users.delete_me(password),
        password=lambda: password,
        to="delete the account",
    )
    await remote.store.clear()
    print_line(f"The account {me.username} is gone, and what it owned is being destroyed.")


async def _have_token_mailed(remote: Remote, email: str) -> None:
    me = await remote.client.users.get_me()
    await with_fresh_login(
        remote,
        me.username,
        lambda: remote.client.users.request_email_change(email),
        password=lambda: read_password(from_stdin=False),
        to="change the address",
    )
    print_line(
        f"A token is on its way to {email}; with it: emo {remote.connection.arguments()}account confirm-email TOKEN"
    )
