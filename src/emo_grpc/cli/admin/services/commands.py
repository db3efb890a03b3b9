"""`emo admin service`: other backends that may come in, and their keys."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Final

import typer

from emo_grpc.cli.admin.engine_access import run_on_engines
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.dates import event_date
from emo_grpc.cli.failures import EXIT_CODES_HELP
from emo_grpc.cli.options import AsJson

service = typer.Typer(name="service", cls=EmoGroup, no_args_is_help=True, epilog=EXIT_CODES_HELP)
service_key = typer.Typer(name="key", cls=EmoGroup, no_args_is_help=True, epilog=EXIT_CODES_HELP)
service.add_typer(service_key)


class PermissionName(StrEnum):
    """The permissions of the contract."""

    ACT_FOR_USERS = "act-for-users"
    READ_ALL = "read-all"
    REGISTER_USERS = "register-users"
    ADMIN = "admin"


def permission_name(text: str) -> PermissionName:
    """The permission that is called so; raises typer.BadParameter."""
    try:
        return PermissionName(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no permission; these are: {', '.join(PermissionName)}") from None


PERMISSIONS_HELP: Final = (
    "What it may do; may be repeated: act-for-users (get tokens of users), read-all (what administrators read),"
    " register-users (make active accounts), admin (all that administrators do)."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The service account's name.")]
Description = Annotated[str | None, typer.Option("--description", help="What it is for.")]
Permissions = Annotated[
    list[PermissionName] | None,
    typer.Option("--permission", parser=permission_name, metavar="NAME", help=PERMISSIONS_HELP),
]
Networks = Annotated[
    list[str] | None,
    typer.Option("--network", metavar="CIDR", help="Where it may come from; may be repeated. None: from anywhere."),
]


@service.callback()
def about() -> None:
    """Service accounts: other backends that may come in, with keys of their own."""


@service.command()
def create(
    name: Name, description: Description = None, permissions: Permissions = None, networks: Networks = None
) -> None:
    """Make a service account. It needs a key to come in: `emo admin service key create NAME`."""
    from emo_grpc.cli.admin.services.services import create_service  # noqa: PLC0415 - see app

    run_on_engines(partial(create_service, name, description or "", permissions or [], networks or []))


@service.command(name="list", hidden=True)
@service.command(name="ls")
def list_services(as_json: AsJson = False) -> None:
    """List all service accounts, latest first."""
    from emo_grpc.cli.admin.services.services import list_all_services  # noqa: PLC0415 - see app

    run_on_engines(partial(list_all_services, as_json=as_json))


@service.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show a service account and its keys, which can't be read again."""
    from emo_grpc.cli.admin.services.services import show_service  # noqa: PLC0415 - see app

    run_on_engines(partial(show_service, name, as_json=as_json))


@service.command()
def update(
    name: Name,
    *,
    rename: Annotated[str | None, typer.Option("--rename", metavar="NAME", help="What to call it from now on.")] = None,
    description: Description = None,
    permissions: Permissions = None,
    no_permissions: Annotated[bool, typer.Option("--no-permissions", help="Take all permissions away.")] = False,
    networks: Networks = None,
    any_network: Annotated[bool, typer.Option("--any-network", help="Let it come from anywhere.")] = False,
    enabled: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether its keys are good.", show_default=False),
    ] = None,
) -> None:
    """Change a service account: what is given replaces what was. Running servers know of it at once."""
    from emo_grpc.cli.admin.services.services import ServiceChange, update_service  # noqa: PLC0415 - see app

    if (permissions and no_permissions) or (networks and any_network):
        raise typer.BadParameter("take either --permission or --no-permissions, and either --network or --any-network")
    if not (permissions or no_permissions or networks or any_network) and (rename, description, enabled) == (None,) * 3:
        raise typer.BadParameter("say what to change")
    change = ServiceChange(
        name=rename,
        description=description,
        permissions=[] if no_permissions else permissions or None,
        networks=[] if any_network else networks or None,
        enabled=enabled,
    )
    run_on_engines(partial(update_service, name, change))


@service.command(name="remove", hidden=True)
@service.command(name="rm")
def remove(name: Name) -> None:
    """Remove a service account with its keys, and end its tokens at once."""
    from emo_grpc.cli.admin.services.services import remove_service  # noqa: PLC0415 - see app

    run_on_engines(partial(remove_service, name))


@service_key.callback()
def about_keys() -> None:
    """Keys of service accounts."""


@service_key.command(name="create")
def create_key(
    name: Name,
    expires: Annotated[
        datetime | None,
        typer.Option("--expires", parser=event_date, metavar="YYYY-MM-DD", help="When it ends. None: never by itself."),
    ] = None,
) -> None:
    """Make a key and print it, this once: the service has it in EMO_SERVICE_KEY, say."""
    from emo_grpc.cli.admin.services.services import create_service_key  # noqa: PLC0415 - see app

    run_on_engines(partial(create_service_key, name, expires))


@service_key.command(name="revoke")
def revoke_key(
    name: Name,
    key: Annotated[
        str, typer.Argument(metavar="KEY_ID", help="The key's id, or as much of its beginning as no other has.")
    ],
) -> None:
    """Revoke a key, and end all that came in by it."""
    from emo_grpc.cli.admin.services.services import revoke_service_key  # noqa: PLC0415 - see app

    run_on_engines(partial(revoke_service_key, name, key))
