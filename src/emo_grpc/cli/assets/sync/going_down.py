"""Carries out `emo sync --down`."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from emo_grpc.cli.assets.downloads.download_results import print_renamed
from emo_grpc.cli.assets.downloads.tree_downloader import TreeDownloader
from emo_grpc.cli.assets.downloads.tree_names import marked_path
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.sync.comparison import Comparison
from emo_grpc.cli.assets.sync.set_aside import SetAside
from emo_grpc.cli.assets.sync.sides import LocalFile, Sides
from emo_grpc.cli.assets.sync.steps import Action, Step
from emo_grpc.cli.connection.remote import Remote


@dataclass(frozen=True, slots=True)
class GoingDown:
    """Fetches what only the vault has. What is in its way is set aside; with `deletes` all that only the folder has."""

    remote: Remote
    root: Path
    sides: Sides
    compared: Comparison
    aside: SetAside
    deletes: bool
    vault_folder: str = ""

    def plan(self) -> list[Step]:
        """What would be done."""
        places = self._places()
        moved = [Step(Action.SET_ASIDE, str(file.path), file.size) for file in self._moved(places)]
        fetched = [
            Step(Action.FETCH, str(self.root / places[asset.asset_id]), asset.size)
            for asset in self.compared.only_there
        ]
        return [*moved, *fetched]

    async def run(self, done: list[Step]) -> int:
        """Do it, noting each step in `done`; gives the exit code of the first that fails.

        Raises EmoClientError, OSError for what stops all of it.
        """
        places = self._places()
        batch = FileBatch(self.remote.connection.target, are_several=True)
        for file in self._moved(places):
            with batch.attempt(str(file.path)):
                await asyncio.to_thread(self.aside.move, file.relative)
                done.append(Step(Action.SET_ASIDE, str(file.path), file.size))
        downloader = TreeDownloader(self.remote, self.root, batch, overwrite=False, vault_folder=self.vault_folder)
        try:
            await downloader.download_all(self.compared.only_there, places)
        finally:
            fetched = [each for each in downloader.results if each.outcome is not Outcome.FAILED]
            done += [Step(Action.FETCH, str(each.path), each.size_bytes) for each in fetched]
        print_renamed(fetched, "")
        return batch.exit_code

    def _places(self) -> Mapping[str, PurePath]:
        """Where each goes; never to a file that both have."""
        places = {}
        for asset in self.compared.only_there:
            place = self.sides.places[asset.asset_id]
            if place in self.compared.taken:
                place = place.with_name(marked_path(asset, asset.asset_id).name)
            places[asset.asset_id] = place
        return places

    def _moved(self, places: Mapping[str, PurePath]) -> list[LocalFile]:
        if self.deletes:
            return self.compared.only_here
        in_the_way = {os.fspath(place) for place in places.values()}
        return [file for file in self.compared.only_here if os.fspath(file.relative) in in_the_way]
