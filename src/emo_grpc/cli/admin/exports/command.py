"""`emo admin export-user`."""

from functools import partial
from pathlib import Path

from emo_grpc.cli.admin.commands import User
from emo_grpc.cli.admin.engine_access import run_on_engines
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.assets.exports.export_command import NO_STREAM, Force, To


def export_user(user: User, to: To, force: Force = False) -> None:
    """Write all that is kept of a user, readable without emo: files and trash, what was said of them, the account.

    As `emo export` does for its caller, with account.json besides: profile, logins, linked identities, and what the
    audit trail has about the account; no password, no token, no key. For a request of access by law, such as article 15
    of the GDPR. The user sees in `emo activity` that it was done. May be interrupted: the same command goes on with a
    folder.
    """
    from emo_grpc.cli.admin.exports.user_export import export_account  # noqa: PLC0415 - see app

    refuse_stream(to, NO_STREAM)
    run_on_engines(partial(export_account, user, Path(to), overwrite=force))
