"""Finds the assets that a command is to change."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.filter_options import FilterOptions
from emo_grpc.cli.assets.missing_folders import explain_nothing
from emo_grpc.cli.assets.short_ids import full_ids
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.page_sizes import MAX_PAGE
from emo_grpc.cli.terminal.printing import counted, print_error
from emo_grpc.client import EmoClient
from emo_grpc.client.rpc_errors import from_failure


@dataclass(slots=True)
class ChosenAssets:
    """Their ids, and what is known of those that were read: by a filter all, of ids only where they are to be shown."""

    asset_ids: list[str] = field(default_factory=list)
    read: list[Asset] = field(default_factory=list)

    @property
    def text(self) -> str:
        """How many they are."""
        return counted(len(self.asset_ids), "asset", "assets")

    @property
    def size_bytes(self) -> int:
        """Of the files of those that were read."""
        return sum(asset.file.size_bytes for asset in self.read)


async def choose(
    client: EmoClient, given: Sequence[str], narrow: FilterOptions, batch: FileBatch, *, are_shown: bool
) -> ChosenAssets:
    """Those of these ids, or else all that the options leave. `batch` is told of ids that can't be read.

    Raises Refusal unless it is said which, in one of the two ways; EmoClientError.
    """
    if given and narrow.is_given:
        raise Refusal("say which assets by their ids, or by options such as --folder, and not by both")
    if not given and not narrow.is_given:
        raise Refusal(
            "say which assets: by their ids, or by options such as --folder and --filter 'tags:sea'; --help lists them"
        )
    if not given:
        return await _listed(client, narrow)
    each_once = {asset_id.lower(): asset_id for asset_id in await full_ids(client, given)}
    chosen = ChosenAssets(list(each_once.values()))
    if are_shown:
        await _read(client, chosen, batch)
    return chosen


async def _listed(client: EmoClient, narrow: FilterOptions) -> ChosenAssets:
    chosen, meant = ChosenAssets(), narrow.message()
    async with aclosing(client.assets.list_pages(narrow=meant, page_size=MAX_PAGE)) as pages:
        async for page in pages:
            chosen.read += page.assets
            for asset_id in page.unreadable_asset_ids:
                print_error(f"{asset_id} is left out: what the server knows of it is damaged; tell its operator")
    chosen.asset_ids = [asset.asset_id for asset in chosen.read]
    if not chosen.asset_ids:
        await explain_nothing(client, meant)
    return chosen


async def _read(client: EmoClient, chosen: ChosenAssets, batch: FileBatch) -> None:
    for result in await client.assets.get_many(chosen.asset_ids):
        with batch.attempt(result.asset_id):
            if result.HasField("failure"):
                raise from_failure(result.failure)
            chosen.read.append(result.asset)
    chosen.asset_ids = [asset.asset_id for asset in chosen.read]
