"""Carries out `emo trash restore` and `emo trash purge`."""

from collections.abc import Sequence
from typing import Final

import grpc
import typer

from emo.assets.v1.assets_pb2 import AssetResult, BatchDeleteAssetsRequest, BatchRestoreAssetsRequest, GetAssetResult
from emo_grpc.cli.assets.changes.chosen_assets import ChosenAssets
from emo_grpc.cli.assets.changes.runner import Runner, Work
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.short_ids import full_trash_ids
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import size_text
from emo_grpc.cli.terminal.questions import confirm
from emo_grpc.client import EmoClientError
from emo_grpc.client.rpc_errors import from_failure

DAMAGED: Final = "ASSET_RECORD_CORRUPT"
RESTORING: Final = Work("Restoring", lambda what: f"Restored {what}.", "restored")
DESTROYING: Final = Work("Destroying", lambda what: f"Destroyed {what}.", "destroyed")


async def restore_assets(remote: Remote, given: Sequence[str], *, as_json: bool) -> None:
    """Take them out of the trash. Raises EmoClientError, Refusal; typer.Exit if some failed."""
    asset_ids = await _each_once(remote, given)
    batch = FileBatch(remote.connection.target, are_several=len(asset_ids) != 1)

    async def call(some: Sequence[str]) -> Sequence[AssetResult]:
        return await remote.client.assets.restore_many(BatchRestoreAssetsRequest(asset_ids=some))

    with Runner(batch, as_json=as_json) as runner:
        await runner.run(RESTORING, asset_ids, call)
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


async def purge_assets(remote: Remote, given: Sequence[str], *, yes: bool, as_json: bool) -> None:
    """Destroy them, after a question, if they are in the trash. Raises as `restore_assets`.

    By their etags, so that one that somebody takes out of the trash meanwhile is not destroyed.
    """
    asset_ids = await _each_once(remote, given)
    batch = FileBatch(remote.connection.target, are_several=len(asset_ids) != 1)
    chosen = ChosenAssets()

    async def call(some: Sequence[str]) -> Sequence[AssetResult]:
        read = {asset.asset_id: asset.etag for asset in chosen.read}
        etags = {asset_id: read[asset_id] for asset_id in some if asset_id in read}
        return await remote.client.assets.delete_many(BatchDeleteAssetsRequest(asset_ids=some, etags=etags, purge=True))

    with Runner(batch, as_json=as_json) as runner:
        for result in await remote.client.assets.get_many(asset_ids):
            with batch.attempt(result.asset_id, stops_all=False):
                _take(chosen, result, even_damaged=yes)
        if yes or _may(chosen):
            await runner.run(DESTROYING, chosen.asset_ids, call)
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


async def _each_once(remote: Remote, given: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(each.lower() for each in await full_trash_ids(remote.client, given)))


def _take(chosen: ChosenAssets, result: GetAssetResult, *, even_damaged: bool) -> None:
    """Raises EmoClientError for one that can't be destroyed, or not without having been seen."""
    if result.HasField("failure"):
        if not (even_damaged and result.failure.reason == DAMAGED):
            raise from_failure(result.failure)
    elif result.asset.HasField("delete_time"):
        chosen.read.append(result.asset)
    else:
        raise EmoClientError(
            "this asset is not in the trash", code=grpc.StatusCode.FAILED_PRECONDITION, reason="ASSET_NOT_IN_TRASH"
        )
    chosen.asset_ids.append(result.asset_id)


def _may(chosen: ChosenAssets) -> bool:
    if not chosen.read:
        return False
    single = repr(chosen.read[0].title) if len(chosen.read) == 1 else ""
    question = f"Destroy {single or chosen.text} ({size_text(chosen.size_bytes)})?"
    return confirm(question, otherwise=f"{single} stays in the trash" if single else f"{chosen.text} stay in the trash")
