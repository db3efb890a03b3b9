"""`emo admin users`, `activate`, `disable`, `enable`, `reset-password` and `set-address`."""

from functools import partial
from typing import Annotated

import typer

from emo_grpc.cli.admin.commands import User
from emo_grpc.cli.admin.engine_access import run_on_engines
from emo_grpc.cli.options import AsJson


def users(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: AsJson = False,
) -> None:
    """List accounts, latest first."""
    from emo_grpc.cli.admin.accounts.listing import list_accounts  # noqa: PLC0415 - see app

    run_on_engines(partial(list_accounts, None if everything else limit, as_json=as_json))


def activate(user: User) -> None:
    """Activate an account without the token that was mailed to it."""
    from emo_grpc.cli.admin.accounts.changes import activate_account  # noqa: PLC0415 - see app

    run_on_engines(partial(activate_account, user))


def disable(user: User) -> None:
    """Disable an account: nobody can log in to it, and its logins end. What it owns stays."""
    from emo_grpc.cli.admin.accounts.changes import disable_account  # noqa: PLC0415 - see app

    run_on_engines(partial(disable_account, user))


def enable(user: User) -> None:
    """Enable an account that was disabled."""
    from emo_grpc.cli.admin.accounts.changes import enable_account  # noqa: PLC0415 - see app

    run_on_engines(partial(enable_account, user))


def reset_password(user: User) -> None:
    """Print a token by which the account's owner can choose another password, within an hour.

    Nobody else gets to know the password. The present one, and logins, stay until the token is used.
    """
    from emo_grpc.cli.admin.accounts.changes import print_reset_token  # noqa: PLC0415 - see app

    run_on_engines(partial(print_reset_token, user))


def set_address(
    user: User, address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The account's new e-mail address.")]
) -> None:
    """Give an account another e-mail address: its owner's, who has lost the one before, or was robbed of the account.

    Ends its logins, makes its password worthless, and undoes none of that by mails that were sent before. The new
    address is mailed a token for another password.
    """
    from emo_grpc.cli.admin.accounts.changes import set_address as change  # noqa: PLC0415 - see app

    run_on_engines(partial(change, user, address))
