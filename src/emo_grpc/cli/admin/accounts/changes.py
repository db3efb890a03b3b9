"""Carries out what `emo admin` does with accounts."""

import shlex
from collections.abc import Iterable

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.cli.admin.accounts.lookup import user_id_of
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.printing import listed, print_error, print_line, print_to_paste
from emo_grpc.users.domain.commands import CreateUser, SetRolesByUsername, SetUserState
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.recovery_commands import IssueResetToken, SetEmail
from emo_grpc.users.domain.user import Role, UserState
from emo_grpc.users.service_layer.views import UserView


async def create_account(username: str, email: str, password: str, roles: Iterable[str], engines: Engines) -> None:
    """Make an active account, and print its id. Raises EmoError."""
    command = CreateUser(username=username, email=email, password=password, roles=frozenset(map(Role, roles)))
    print_line(str(await build_users(engines).bus.handle(command)))


async def set_account_roles(account: str, roles: Iterable[str], engines: Engines) -> None:
    """Replace the roles, and print them. Raises EmoError."""
    username = (await _find(account, engines)).username
    command = SetRolesByUsername(username=username, roles=frozenset(map(Role, roles)))
    await build_users(engines).bus.handle(command)
    print_line(f"{username} is {listed(roles)} now.")


async def link_identity(account: str, issuer: str, external_id: str, engines: Engines) -> None:
    """Link it, in place of another account if need be. Raises EmoError."""
    username = (await _find(account, engines)).username
    command = LinkIdentity(username=username, identity=ExternalIdentity(issuer, external_id))
    await build_users(engines).bus.handle(command)
    print_line(f"{external_id} of {issuer} is {username} now.")


async def unlink_identity(issuer: str, external_id: str, engines: Engines) -> None:
    """Unlink it, and end the sessions of its account. Raises EmoError."""
    await build_users(engines).bus.handle(UnlinkIdentity(identity=ExternalIdentity(issuer, external_id)))
    print_line(f"{external_id} of {issuer} is nobody here now.")


async def activate_account(account: str, engines: Engines) -> None:
    """Make a PENDING account ACTIVE. Raises EmoError, or Refusal for a disabled one."""
    user = await _find(account, engines)
    if user.state is UserState.DISABLED:
        raise Refusal(f"{user.username} is disabled; emo admin enable {user.username} changes that")
    await _set_state(user, UserState.ACTIVE, engines)
    print_line(f"{user.username} is active.")


async def disable_account(account: str, engines: Engines) -> None:
    """Keep everybody out of an account. Raises EmoError."""
    user = await _find(account, engines)
    await _set_state(user, UserState.DISABLED, engines)
    print_line(f"{user.username} is disabled, and all its logins are ended.")


async def enable_account(account: str, engines: Engines) -> None:
    """Let a disabled account be used again. Raises EmoError, or Refusal for one that waits for its activation."""
    user = await _find(account, engines)
    if user.state is UserState.PENDING:
        raise Refusal(f"{user.username} waits for its activation; emo admin activate {user.username} ends that")
    await _set_state(user, UserState.ACTIVE, engines)
    print_line(f"{user.username} is active.")


async def print_reset_token(account: str, engines: Engines) -> None:
    """Print a token for another password, and the command that takes it. Raises EmoError."""
    user = await _find(account, engines)
    token = await build_users(engines).bus.handle(IssueResetToken(user_id=user.user_id))
    print_to_paste(f"emo reset-password {'-- ' if token.startswith('-') else ''}{token}")
    print_error(f"who runs this within an hour chooses the password of {user.username}; it works once")


async def set_address(account: str, address: str, engines: Engines) -> None:
    """Give it another address, and tell who still comes in. Raises EmoError."""
    user = await _find(account, engines)
    linked = await build_users(engines).bus.handle(SetEmail(user_id=user.user_id, new_email=address))
    print_line(f"{user.username} has the address {address} now; its logins are ended, and nobody knows its password.")
    if user.state is UserState.DISABLED:
        print_line("It is disabled, so no mail goes there. Once it is enabled, a token for another password is had by")
        print_to_paste(f"emo reset-password --email {shlex.quote(address)}")
    else:
        print_line("A mail goes there, with a token for another password.")
    for each in linked:
        words = shlex.join((each.identity.issuer, each.identity.external_id))
        print_error(f"whom an issuer vouches for still comes in; emo admin unlink-identity {words} ends that")


async def _set_state(user: UserView, state: UserState, engines: Engines) -> None:
    if user.state is not state:
        await build_users(engines).bus.handle(SetUserState(user_id=user.user_id, state=state))


async def _find(account: str, engines: Engines) -> UserView:
    """The account of this username, address or id. Raises EmoError."""
    return await build_users(engines).views.user(await user_id_of(account, engines))
