"""`emo admin`: what the operator does on the server's own machine, straight on its data."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli.account.passwords import read_password
from emo_grpc.cli.admin.engine_access import administer, reporting
from emo_grpc.cli.assets.short_ids import listed
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.failures import EXIT_CODES_HELP
from emo_grpc.cli.options import AsJson, PasswordStdin
from emo_grpc.cli.terminal.printing import counted, print_line, print_rows

if TYPE_CHECKING:
    from emo_grpc.bootstrap.engines import Engines

admin = typer.Typer(name="admin", cls=EmoGroup, no_args_is_help=True, epilog=EXIT_CODES_HELP)


@admin.callback()
def about() -> None:
    """Look after a server, on its own machine: acts on DATA_FOLDER, with the server's settings, without a login.

    The server may run meanwhile.
    """


class RoleName(StrEnum):
    """The roles of the contract."""

    USER = "user"
    ADMIN = "admin"


def role_name(text: str) -> RoleName:
    """The role that is called so; raises typer.BadParameter."""
    try:
        return RoleName(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no role; these are: {', '.join(RoleName)}") from None


Username = Annotated[str, typer.Argument(help="The account's username.")]
Roles = Annotated[
    list[RoleName],
    typer.Option("--role", parser=role_name, metavar="[user|admin]", help="A role of the account; may be repeated."),
]


@admin.command()
def create_user(
    username: Username,
    email: Annotated[str, typer.Argument(help="The account's e-mail address.")],
    roles: Roles = [RoleName.USER],  # noqa: B006 - typer copies it
    password_stdin: PasswordStdin = False,
) -> None:
    """Make an account that can log in at once. `--role admin` makes the first administrator."""
    with reporting():
        password = read_password(from_stdin=password_stdin, confirm=True)

    async def work(engines: "Engines") -> None:
        from emo_grpc.bootstrap.users import build_users  # noqa: PLC0415 - see app
        from emo_grpc.users.domain.commands import CreateUser  # noqa: PLC0415 - see app
        from emo_grpc.users.domain.user import Role  # noqa: PLC0415 - see app

        wanted = frozenset(Role[role.name] for role in roles)
        command = CreateUser(username=username, email=email, password=password, roles=wanted)
        print_line(str(await build_users(engines).bus.handle(command)))

    administer(work, may_create=True)


@admin.command()
def set_roles(username: Username, roles: Roles) -> None:
    """Replace an account's roles, and end its logins."""

    async def work(engines: "Engines") -> None:
        from emo_grpc.bootstrap.users import build_users  # noqa: PLC0415 - see app
        from emo_grpc.users.domain.commands import SetRolesByUsername  # noqa: PLC0415 - see app
        from emo_grpc.users.domain.user import Role  # noqa: PLC0415 - see app

        wanted = frozenset(Role[role.name] for role in roles)
        await build_users(engines).bus.handle(SetRolesByUsername(username=username, roles=wanted))
        print_line(f"{username} is {', '.join(sorted(role.value for role in roles))} now.")

    administer(work)


@admin.command()
def rewrap_keys() -> None:
    """Wrap all data keys with the current DATA_KEY_ENCRYPTION_KEY. Files stay as they are; may be interrupted.

    Once it is done, retired keys are needed no more.
    """

    async def work(engines: "Engines") -> None:
        from emo_grpc.assets.domain.commands import RewrapKeys  # noqa: PLC0415 - see app
        from emo_grpc.bootstrap.assets import open_assets  # noqa: PLC0415 - see app

        total = 0
        async with open_assets(engines) as assets:
            while done := await assets.bus.handle(RewrapKeys()):
                total += done
        print_line(f"{counted(total, 'data key is', 'data keys are')} wrapped with the current key now.")

    administer(work)


@admin.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what there is to do.")] = False,
) -> None:
    """Rewrite what an earlier release stored as this one does. Harmless when it is done already; may be interrupted."""

    async def work(engines: "Engines") -> None:
        from emo_grpc.bootstrap.assets import open_assets  # noqa: PLC0415 - see app
        from emo_grpc.bootstrap.users import build_users  # noqa: PLC0415 - see app
        from emo_grpc.cli.admin.schema_upgrade import upgrade_all  # noqa: PLC0415 - see app

        async with open_assets(engines) as assets:
            await upgrade_all(build_users(engines), assets, dry_run=dry_run)

    administer(work)


@admin.command()
def verify(
    asset: Annotated[str | None, typer.Option("--asset", metavar="ID", help="Only this one.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Read no file; see that each is there.")] = False,
    remove_orphans: Annotated[
        bool, typer.Option("--remove-orphans", help="Remove stored files that no asset refers to, if older than a day.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read all files, prove every byte, and list what is damaged, missing, or in the store without an asset.

    Exit code 9 if a file is damaged or missing. Servers may run meanwhile; may be interrupted.
    """
    if asset is not None and remove_orphans:
        raise typer.BadParameter("--remove-orphans goes through the whole store; leave out --asset")

    async def work(engines: "Engines") -> None:
        from emo_grpc.bootstrap.assets import open_assets  # noqa: PLC0415 - see app
        from emo_grpc.cli.admin.verifier import Wanted, verify  # noqa: PLC0415 - see app
        from emo_grpc.hosting.allocator import settle_allocator  # noqa: PLC0415 - see app

        settle_allocator()
        async with open_assets(engines) as assets:
            await verify(assets, Wanted(asset, quick, remove_orphans, as_json))

    administer(work)


@admin.command()
def outbox(
    retry: Annotated[
        list[str] | None, typer.Option("--retry", metavar="ID", help="Deliver this one again; may be repeated.")
    ] = None,
    retry_all: Annotated[bool, typer.Option("--retry-all", help="Deliver all listed again.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
) -> None:
    """List events that could not be delivered, or deliver them again."""

    async def work(engines: "Engines") -> None:
        from emo_grpc.cli.admin.dead_letters import HEADINGS, SPARE, revive, row_of  # noqa: PLC0415 - see app

        found = await engines.outbox.dead_letters(limit)
        ids = [str(row.row_id) for row in found]
        if retry_all or retry:
            await revive(engines, ids if retry_all else [listed(given, ids) for given in retry or ()])
        else:
            print_rows(HEADINGS, [row_of(row) for row in found], right=("Attempts",), spare=SPARE, short=True)

    administer(work)
