"""Carries out `emo admin export-user`."""

from pathlib import Path

import typer

from emo_grpc.bootstrap.contexts import open_contexts
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.admin.accounts.lookup import user_id_of
from emo_grpc.cli.admin.audit.audited_command import record_before
from emo_grpc.cli.admin.exports.account_data import account_data
from emo_grpc.cli.admin.exports.engine_vault import EngineVault
from emo_grpc.cli.assets.exports.exporter import Exporter
from emo_grpc.cli.assets.exports.opening import opened_target
from emo_grpc.cli.assets.exports.summary import print_summary
from emo_grpc.hosting.allocator import settle_allocator


async def export_account(account: str, path: Path, engines: Engines, *, overwrite: bool) -> None:
    """Export all of it, and print how much that is. The audit trail has it before the first byte is written.

    Raises EmoError, Refusal, OSError; typer.Exit if something is missing.
    """
    settle_allocator()
    user_id = await user_id_of(account, engines)
    async with open_contexts(engines) as contexts:
        await contexts.users.views.user(user_id)  # that there is one
        vault = EngineVault(contexts.assets, user_id)
        with opened_target(path, overwrite=overwrite) as target:
            await record_before(engines, user_id)
            summary = await Exporter(vault, target).run(await account_data(contexts, user_id))
    print_summary(path, summary)
    if summary.exit_code or vault.exit_code:
        raise typer.Exit(summary.exit_code or vault.exit_code)
