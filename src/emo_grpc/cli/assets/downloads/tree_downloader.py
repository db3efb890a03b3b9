"""Carries out `emo download` of several assets."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from emo_grpc.cli.assets.downloads.download_results import Downloaded
from emo_grpc.cli.assets.downloads.tree_folder import TreeFolder
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.folder_names import below
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.transfer_bars import TransferBars
from emo_grpc.client.transfers.partial_file import end_naming, part_path


class TreeDownloader:
    """Writes assets' files below `root`, in their folders, several small ones at once.

    What is there and right is not fetched again; what is there and something else is left alone without `overwrite`.
    `root` stands for `vault_folder`.
    """

    def __init__(
        self, remote: Remote, root: Path, batch: FileBatch, *, overwrite: bool, vault_folder: str = ""
    ) -> None:
        self._remote = remote
        self._root = root
        self._folder = TreeFolder(root)
        self._batch = batch
        self._overwrite = overwrite
        self._vault_folder = vault_folder
        self._results: dict[str, Downloaded] = {}
        self._order: list[str] = []

    @property
    def results(self) -> list[Downloaded]:
        """What became of each so far, in their order."""
        return [self._results[asset_id] for asset_id in self._order if asset_id in self._results]

    async def download_all(self, assets: Sequence[WantedAsset], paths: Mapping[str, PurePath]) -> None:
        """Write all that can be, to the paths of their ids; the batch has the exit code of the first that can't be.

        Raises EmoClientError, OSError for a failure that stops all of them.
        """
        self._order = [asset.asset_id for asset in assets]
        with TransferBars(len(assets), sum(asset.size for asset in assets)) as bars:

            async def download(asset: WantedAsset) -> None:
                path = paths[asset.asset_id]
                with self._batch.attempt(asset.asset_id):
                    outcome = await self._download(asset, path, bars)
                    self._results[asset.asset_id] = self._result(asset, path, outcome)
                self._results.setdefault(asset.asset_id, self._result(asset, path, Outcome.FAILED))

            await side_by_side(assets, download, lambda asset: asset.size)

    def _result(self, asset: WantedAsset, path: PurePath, outcome: Outcome) -> Downloaded:
        found_at = below(self._vault_folder, path.as_posix())
        is_renamed = outcome is not Outcome.FAILED and found_at != below(asset.folder, asset.name)
        target = self._root / path
        return Downloaded(asset.asset_id, target, asset.size, outcome, asset.folder, asset.name, is_renamed)

    async def _download(self, asset: WantedAsset, path: PurePath, bars: TransferBars) -> Outcome:
        with bars.file(path.name, asset.size) as on_progress:
            if await asyncio.to_thread(self._folder.has, path, asset):
                await asyncio.to_thread(end_naming, part_path(self._root / path, asset.identity), self._root / path)
                return Outcome.THERE
            target = await asyncio.to_thread(self._folder.prepare, path)
            await self._remote.client.download(
                asset.asset_id, target, overwrite=self._overwrite, on_progress=on_progress
            )
            return Outcome.NEW
