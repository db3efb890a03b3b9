"""Carries out `emo sync --down`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from emo_grpc.cli.assets.downloads.download_results import print_renamed
from emo_grpc.cli.assets.downloads.tree_downloader import TreeDownloader
from emo_grpc.cli.assets.downloads.tree_folder import TreeFolder, is_folder
from emo_grpc.cli.assets.downloads.tree_names import marked_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.sync.comparison import Comparison, Pair
from emo_grpc.cli.assets.sync.set_aside import SetAside
from emo_grpc.cli.assets.sync.sides import LocalFile, Sides
from emo_grpc.cli.assets.sync.steps import Action, Step
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.client.transfers.partial_file import end_naming, part_path
from emo_grpc.client.transfers.renaming import rename_without_replacing


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything goes: `places` by asset id, `moves` of files that are here, and what makes way for them."""

    places: Mapping[str, PurePath]
    moves: Sequence[Pair]
    aside: Sequence[LocalFile]
    """Also folders that lie where files come to, with all that is in them."""
    stepping_aside: Sequence[LocalFile]
    """Files of `moves` that lie where others come to: aside they are for a moment."""


@dataclass(frozen=True, slots=True)
class GoingDown:
    """Fetches what only the vault has, and moves files that have other paths there.

    What is in the way is set aside; with `deletes` all that only the folder has. So whatever moment it ends at, each
    content that was in the folder is in it still, perhaps in what is set aside.
    """

    remote: Remote
    root: Path
    sides: Sides
    compared: Comparison
    aside: SetAside
    deletes: bool
    vault_folder: str = ""

    def plan(self) -> list[Step]:
        """What would be done."""
        layout = self._layout()
        fetched = [
            Step(Action.FETCH, str(self.root / layout.places[asset.asset_id]), asset.size)
            for asset in self.compared.only_there
        ]
        return [*map(_set_aside, layout.aside), *(self._moved(pair, layout) for pair in layout.moves), *fetched]

    async def run(self, done: list[Step]) -> int:
        """Do it, noting each step in `done`; gives the exit code of the first that fails.

        Raises EmoClientError, OSError for what stops all of it.
        """
        await asyncio.to_thread(self._end_namings)
        layout = self._layout()
        batch = FileBatch(self.remote.connection.target, are_several=True)
        await self._make_way(layout, batch, done)
        await self._move(layout, batch, done)
        downloader = TreeDownloader(self.remote, self.root, batch, overwrite=False, vault_folder=self.vault_folder)
        try:
            await downloader.download_all(self.compared.only_there, layout.places)
        finally:
            fetched = [each for each in downloader.results if each.outcome is not Outcome.FAILED]
            done += [Step(Action.FETCH, str(each.path), each.size_bytes) for each in fetched]
        print_renamed(fetched, "")
        return batch.exit_code

    def _end_namings(self) -> None:
        for file, asset in self.compared.pairs:
            end_naming(part_path(file.path, asset.identity), file.path)

    async def _make_way(self, layout: Layout, batch: FileBatch, done: list[Step]) -> None:
        for file in layout.aside:
            with batch.attempt(str(file.path)):
                await asyncio.to_thread(self.aside.move, file.relative)
                done.append(_set_aside(file))
        for file in layout.stepping_aside:
            with batch.attempt(str(file.path)):
                await asyncio.to_thread(self.aside.move, file.relative)

    async def _move(self, layout: Layout, batch: FileBatch, done: list[Step]) -> None:
        for file, asset in layout.moves:
            with batch.attempt(str(file.path)):
                await asyncio.to_thread(self._move_file, file, layout.places[asset.asset_id])
                done.append(self._moved((file, asset), layout))

    def _move_file(self, file: LocalFile, place: PurePath) -> None:
        target = TreeFolder(self.root).prepare(place)
        if self.aside.has(file.relative):
            self.aside.bring_back(file.relative, target)
        else:
            rename_without_replacing(file.path, target)

    def _layout(self) -> Layout:
        moves = [*self.compared.moved, *self._displaced()]
        moving = {file.relative for file, _ in moves}
        staying = {file.relative for file, _ in self.compared.pairs} - moving
        coming = [*self.compared.only_there, *(asset for _, asset in moves)]
        places = {asset.asset_id: self._place(asset, staying) for asset in coming}
        wanted = _with_folders(places.values())
        folders = {place: self._folder(place) for place in places.values() if self._is_in_the_way(place, staying)}
        aside = [
            file
            for file in self.compared.only_here
            if (self.deletes or file.relative in wanted) and folders.keys().isdisjoint(file.relative.parents)
        ]
        stepping_aside = [file for file, _ in moves if file.relative in wanted]
        return Layout(places, moves, [*folders.values(), *aside], stepping_aside)

    def _is_in_the_way(self, place: PurePath, staying: set[PurePath]) -> bool:
        """Whether a folder is there, and nothing in it that both have."""
        return is_folder(self.root / place) and not any(place in path.parents for path in staying)

    def _folder(self, place: PurePath) -> LocalFile:
        """One that lies where a file comes to. What was moved in the vault comes back out of it."""
        size = sum(file.size for file in self.compared.only_here if place in file.relative.parents)
        return LocalFile(self.root / place, place, "", "", size)

    def _displaced(self) -> list[Pair]:
        """Files that are an earlier content of what their path has in the vault by now."""
        coming = [*self.compared.only_there, *(asset for _, asset in self.compared.moved)]
        wanted = _with_folders(self.sides.places[asset.asset_id] for asset in coming)
        return [
            (file, asset)
            for file, asset in self.compared.pairs
            if file.relative in wanted and file.relative != self.sides.places[asset.asset_id]
        ]

    def _place(self, asset: WantedAsset, staying: set[PurePath]) -> PurePath:
        """Never that of a file that both have."""
        place = self.sides.places[asset.asset_id]
        return place.with_name(marked_path(asset, asset.asset_id).name) if place in staying else place

    def _moved(self, pair: Pair, layout: Layout) -> Step:
        file, asset = pair
        return Step(Action.MOVE, str(file.path), file.size, str(self.root / layout.places[asset.asset_id]))


def _with_folders(places: Iterable[PurePath]) -> set[PurePath]:
    """And the folders that they need, where a file may be by now."""
    return {each for place in places for each in (place, *place.parents)}


def _set_aside(file: LocalFile) -> Step:
    return Step(Action.SET_ASIDE, str(file.path), file.size)
