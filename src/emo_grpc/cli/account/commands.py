"""`emo register`, `activate`, `login`, `logout`, `passwd` and `sessions`."""

from typing import Annotated

import typer

from emo_grpc.cli.account.fresh_login import refuse_services, this_device, with_fresh_login
from emo_grpc.cli.account.passwords import read_new_password, read_password
from emo_grpc.cli.assets.short_ids import is_id_prefix, match_id
from emo_grpc.cli.completion.known_names import forget_names
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.connection_options import remembered
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.options import LANGUAGE, AsJson, OldAndNewStdin, PasswordStdin
from emo_grpc.cli.terminal.printing import print_line
from emo_grpc.cli.terminal.questions import ask


@client_command
async def register(
    remote: Remote,
    *,
    username: Annotated[
        str | None, typer.Argument(metavar="USERNAME", help="3 to 32 of a-z, 0-9, dot, dash and underscore.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="Your e-mail address.")] = None,
    public_name: Annotated[str, typer.Option("--name", "--public-name", help="Your name as others see it.")] = "",
    locale: Annotated[str, typer.Option("--locale", help=LANGUAGE)] = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Make an account. What is not given is asked for."""
    from emo_grpc.cli.account.languages import require_language  # noqa: PLC0415 - see app

    await require_language(remote.client, locale)
    username = ask("Username", username, otherwise="name it in the command")
    email = ask("E-mail address", email, otherwise="use --email")
    password = read_password(from_stdin=password_stdin, confirm=True)
    await remote.client.users.register(username, email, password, public_name=public_name, locale=locale)
    # Who has a login already keeps it: only logging in at this server, too, would replace it.
    if remembered().server is None:
        remote.connection.remember()
    print_line(f"Welcome, {username}. Now run: emo {remote.connection.arguments()}login {username}")


@client_command
async def activate(
    remote: Remote,
    *,
    token: Annotated[str | None, typer.Argument(metavar="TOKEN", help="The token from the mail.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", help="Have another token mailed to this address, if it waits for one.")
    ] = None,
) -> None:
    """Activate a new account with the token that was mailed to it, or have another one mailed."""
    if (token is None) == (email is None):
        raise Refusal("give the token from the mail, or --email to have another one mailed")
    if email is not None:
        await remote.client.users.resend_activation(email)
        print_line(f"If an account with the address {email} waits for its activation, a token is on its way to it.")
    elif token is not None:
        await remote.client.users.activate(token)
        print_line("Your account is active.")


@client_command
async def login(
    remote: Remote,
    *,
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Your username or e-mail address.")] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Log in, and remember the server and the login for later commands."""
    user = ask("Username or e-mail address", user, otherwise="name it in the command")
    password = read_password(from_stdin=password_stdin)
    await remote.client.login(user, password, device_id=this_device())
    forget_names()
    remote.connection.remember()
    print_line(f"Logged in as {user} at {remote.connection.target}, now the default server.")


@client_command
async def logout(remote: Remote) -> None:
    """End the login, here and at the server."""
    forget_names()
    await remote.client.logout()
    print_line("Logged out.")


@client_command
async def passwd(remote: Remote, *, password_stdin: OldAndNewStdin = False) -> None:
    """Change your password, and end all other logins."""
    refuse_services("change the password")
    me = await remote.client.users.get_me()  # before a password is asked for in vain
    old = read_password(from_stdin=password_stdin, question="Current password")
    new = read_new_password(from_stdin=password_stdin)
    await with_fresh_login(
        remote,
        me.username,
        lambda: remote.client.users.change_password(old, new),
        password=lambda: old,
        to="change the password",
    )
    print_line("Your password is changed, and all other logins are ended.")


@client_command
async def me(remote: Remote, *, as_json: AsJson = False) -> None:
    """Show your account: the former name of `emo account`."""
    from emo_grpc.cli.account.texts import print_account  # noqa: PLC0415 - see app

    print_account(await remote.client.users.get_account(), as_json=as_json)


@client_command
async def sessions(
    remote: Remote,
    *,
    revoke: Annotated[
        list[str] | None, typer.Option("--revoke", metavar="SESSION_ID", help="End this session; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List your live logins, or end some."""
    from emo_grpc.cli.account.texts import print_sessions  # noqa: PLC0415 - see app

    if not revoke:
        print_sessions([session async for session in remote.client.users.list_all_sessions()], as_json=as_json)
    for session_id in await _full_ids(remote, revoke or []):
        await remote.client.users.revoke_session(session_id)
        print_line(f"Ended {session_id}.")


async def _full_ids(remote: Remote, given: list[str]) -> list[str]:
    if not any(map(is_id_prefix, given)):
        return given
    ids = [session.session_id async for session in remote.client.users.list_all_sessions()]
    return [match_id(each, ids) for each in given]
