"""Carries out `emo import`."""

from contextlib import aclosing
from dataclasses import dataclass

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.folder_names import below
from emo_grpc.cli.assets.imports.fitting import fit
from emo_grpc.cli.assets.imports.import_results import Imported, print_imported
from emo_grpc.cli.assets.imports.known_assets import KnownAssets
from emo_grpc.cli.assets.imports.plan import CannotImport, ImportPlan, Item
from emo_grpc.cli.assets.imports.trees import Tree
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import LOCAL
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.transfer_bars import TransferBars
from emo_grpc.client import ByteSource, OnProgress


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of `emo import`; `into`: the folder of the vault that all goes into, empty = the top."""

    into: str
    is_dry: bool
    as_json: bool


class Importer:
    """Brings in what a plan says, several files at once, except what is in the vault already."""

    def __init__(self, remote: Remote, tree: Tree, options: ImportOptions) -> None:
        self._remote = remote
        self._tree = tree
        self._options = options
        self._batch = FileBatch(remote.connection.target, are_several=True)
        self._done: list[Imported] = []
        self._known = KnownAssets()

    async def bring_in(self, plan: ImportPlan) -> int:
        """Bring in all that can be, and print it; gives the exit code of the first that can't be.

        Raises EmoClientError, OSError for a failure that stops all of them.
        """
        for sentence in plan.notes:
            print_error(sentence)
        for name, why in plan.failed:
            print_error(f"{name}: {why}")
        if plan.unnamed:
            print_error(f"and {plan.unnamed:,} more that can't be brought in")
        self._known = await KnownAssets.of(self._remote.client)
        self._bars = TransferBars(len(plan.items), sum(item.entry.size for item in plan.items))
        try:
            with self._bars:
                await side_by_side(plan.items, self._take, lambda item: item.entry.size)
        finally:
            print_imported(self._done, as_json=self._options.as_json, is_plan=self._options.is_dry)
        return self._batch.exit_code or (LOCAL if plan.failed else 0)

    async def _take(self, item: Item) -> None:
        name, size = item.entry.name, item.entry.size
        done = Imported(name, "", size, Outcome.FAILED)
        with self._bars.file(name, size) as on_progress, self._batch.attempt(name):
            asset = self._asset_of(item)
            asset_id, outcome = await self._bring(item, asset, on_progress)
            done = Imported(name, asset.folder, size, outcome, asset_id)
        self._done.append(done)

    async def _bring(self, item: Item, asset: Asset, on_progress: OnProgress) -> tuple[str, Outcome]:
        """Gives the id of the new asset, empty if it would only be made, or that of the one like it that is there."""
        client = self._remote.client
        async with self._tree.open(item.entry) as source:
            if self._tree.has_checksums or item.crc32c is not None or self._known.may_have(asset):
                crc32c = await _crc32c_of(source)
                if item.crc32c not in (None, crc32c):
                    raise CannotImport("it is not what was exported: it was changed, or damaged")
                if asset_id := self._known.take(asset, crc32c):
                    return asset_id, Outcome.THERE
            if self._options.is_dry:
                return "", Outcome.NEW
            if asset_id := self._known.take_pending(asset):
                await client.resume_upload(asset_id, source, on_progress=on_progress)
            else:
                asset_id = (await client.upload(source, asset, on_progress=on_progress)).asset_id
            return asset_id, Outcome.NEW

    def _asset_of(self, item: Item) -> Asset:
        asset = item.describe()
        asset.folder = below(self._options.into, asset.folder)
        asset.file.size_bytes = item.entry.size
        for field in fit(asset):
            print_error(f"{item.entry.name}: its {field} is more than emo keeps, and is cut")
        return asset


async def _crc32c_of(source: ByteSource) -> int:
    crc32c = 0
    async with aclosing(source.read_from(0)) as chunks:
        async for data in chunks:
            crc32c = google_crc32c.extend(crc32c, data)
    return crc32c
