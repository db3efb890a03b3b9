"""Carries out `emo admin create-user`, `set-roles`, `link-identity` and `unlink-identity`."""

from collections.abc import Iterable

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.cli.terminal.printing import print_line
from emo_grpc.users.domain.commands import CreateUser, SetRolesByUsername
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.user import Role


async def create_account(username: str, email: str, password: str, roles: Iterable[str], engines: Engines) -> None:
    """Make an active account, and print its id. Raises EmoError."""
    command = CreateUser(username=username, email=email, password=password, roles=frozenset(map(Role, roles)))
    print_line(str(await build_users(engines).bus.handle(command)))


async def set_account_roles(username: str, roles: Iterable[str], engines: Engines) -> None:
    """Replace the roles, and print them. Raises EmoError."""
    command = SetRolesByUsername(username=username, roles=frozenset(map(Role, roles)))
    await build_users(engines).bus.handle(command)
    print_line(f"{username} is {', '.join(sorted(roles))} now.")


async def link_identity(username: str, issuer: str, external_id: str, engines: Engines) -> None:
    """Link it, in place of another account if need be. Raises EmoError."""
    command = LinkIdentity(username=username, identity=ExternalIdentity(issuer, external_id))
    await build_users(engines).bus.handle(command)
    print_line(f"{external_id} of {issuer} is {username} now.")


async def unlink_identity(issuer: str, external_id: str, engines: Engines) -> None:
    """Unlink it, and end the sessions of its account. Raises EmoError."""
    await build_users(engines).bus.handle(UnlinkIdentity(identity=ExternalIdentity(issuer, external_id)))
    print_line(f"{external_id} of {issuer} is nobody here now.")
