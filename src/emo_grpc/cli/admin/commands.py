"""`emo admin`: what the operator does on the server's own machine, straight on its data."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from emo_grpc.cli.account.passwords import read_password
from emo_grpc.cli.admin.engine_access import engine_failures, run_on_engines
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.failures import EXIT_CODES_HELP
from emo_grpc.cli.options import AsJson, PasswordStdin

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


Username = Annotated[str, typer.Argument(metavar="USERNAME", help="The account's username.")]
User = Annotated[str, typer.Argument(metavar="USER", help="The account's username, e-mail address or id.")]
Roles = Annotated[
    list[RoleName],
    typer.Option("--role", parser=role_name, metavar="[user|admin]", help="A role of the account; may be repeated."),
]


@admin.command()
def create_user(
    username: Username,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The account's e-mail address.")],
    roles: Roles = [RoleName.USER],  # noqa: B006 - typer copies it
    password_stdin: PasswordStdin = False,
) -> None:
    """Make an account that can log in at once. `--role admin` makes the first administrator."""
    from emo_grpc.cli.admin.accounts.changes import create_account  # noqa: PLC0415 - see app

    with engine_failures():
        password = read_password(from_stdin=password_stdin, confirm=True)
    run_on_engines(partial(create_account, username, email, password, roles), may_create=True)


@admin.command()
def set_roles(user: User, roles: Roles) -> None:
    """Replace an account's roles, and end its logins."""
    from emo_grpc.cli.admin.accounts.changes import set_account_roles  # noqa: PLC0415 - see app

    run_on_engines(partial(set_account_roles, user, roles))


Issuer = Annotated[str, typer.Argument(metavar="ISSUER", help="The issuer, as `iss` in its tokens says.")]
ExternalId = Annotated[
    str, typer.Argument(metavar="EXTERNAL_ID", help="What the issuer calls the person, as `sub` in its tokens says.")
]


@admin.command()
def link_identity(user: User, issuer: Issuer, external_id: ExternalId) -> None:
    """Let somebody whom a trusted issuer vouches for use an account; a mail tells its owner."""
    from emo_grpc.cli.admin.accounts.changes import link_identity as link  # noqa: PLC0415 - see app

    run_on_engines(partial(link, user, issuer, external_id))


@admin.command()
def unlink_identity(issuer: Issuer, external_id: ExternalId) -> None:
    """Undo link-identity, and what an issuer's word alone has linked; ends the account's logins."""
    from emo_grpc.cli.admin.accounts.changes import unlink_identity as unlink  # noqa: PLC0415 - see app

    run_on_engines(partial(unlink, issuer, external_id))


@admin.command()
def rewrap_keys() -> None:
    """Wrap all data keys with the current DATA_KEY_ENCRYPTION_KEY. Files stay as they are; may be interrupted.

    Once it is done, retired keys are needed no more.
    """
    from emo_grpc.cli.admin.storage.data_keys import rewrap_all  # noqa: PLC0415 - see app

    run_on_engines(rewrap_all)


@admin.command()
def jwks() -> None:
    """Print the public keys that other services verify access tokens with, as a JSON Web Key Set (RFC 7517).

    These are JWT_SIGNING_KEY_FILE and JWT_SIGNING_KEY_FILES_RETIRED; there is nothing secret in them.
    """
    from emo_grpc.cli.admin.public_keys import print_jwks  # noqa: PLC0415 - see app

    with engine_failures():
        print_jwks()


@admin.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what there is to do.")] = False,
) -> None:
    """Rewrite what an earlier release stored as this one does. Harmless when it is done already; may be interrupted."""
    from emo_grpc.cli.admin.storage.schema_upgrade import upgrade_documents  # noqa: PLC0415 - see app

    run_on_engines(partial(upgrade_documents, dry_run=dry_run))


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
    from emo_grpc.cli.admin.storage.verifier import VerifyOptions, verify_engines  # noqa: PLC0415 - see app

    if asset is not None and remove_orphans:
        raise typer.BadParameter("--remove-orphans goes through the whole store; leave out --asset")
    run_on_engines(partial(verify_engines, VerifyOptions(asset, quick, remove_orphans, as_json)))
