"""Carries out `emo sync --up`."""

from collections.abc import Sequence
from dataclasses import dataclass

from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.folder_names import below
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.assets.sync.comparison import Comparison, Pair
from emo_grpc.cli.assets.sync.sides import LocalFile
from emo_grpc.cli.assets.sync.steps import Action, Step
from emo_grpc.cli.assets.uploads.outgoing import OutgoingFile
from emo_grpc.cli.assets.uploads.upload_journal import UploadJournal
from emo_grpc.cli.assets.uploads.uploader import Uploader
from emo_grpc.cli.connection.remote import Remote


@dataclass(frozen=True, slots=True)
class GoingUp:
    """Sends what only the folder has, and moves in the vault what has another path in the folder.

    With `deletes` moves to the trash what only the vault has.
    """

    remote: Remote
    journal: UploadJournal
    compared: Comparison
    deletes: bool

    def plan(self) -> list[Step]:
        """What would be done."""
        sent = [Step(Action.SEND, str(file.path), file.size) for file in self.compared.only_here]
        moved = [_moved(file, asset) for file, asset in self.compared.moved]
        return [*moved, *sent, *(_trashed(asset) for asset in self.compared.only_there if self.deletes)]

    async def run(self, done: list[Step]) -> int:
        """Do it, noting each step in `done`; gives the exit code of the first that fails.

        Nothing goes to the trash unless all was sent. Raises EmoClientError, OSError for what stops all of it.
        """
        not_moved = await self._move(done)
        uploader = Uploader(self.remote, self.journal, Asset(), again=True)
        files = [OutgoingFile(file.path, file.folder, file.size) for file in self.compared.only_here]
        try:
            exit_code = await uploader.upload_all(files)
        finally:
            for each in uploader.results:
                action = Action.FAILED if each.outcome is Outcome.FAILED else Action.SEND
                done.append(Step(action, str(each.path), each.size_bytes))
        if not_moved or exit_code or not self.deletes:
            return not_moved or exit_code
        return await self._trash(self.compared.only_there, done)

    async def _move(self, done: list[Step]) -> int:
        batch = FileBatch(self.remote.connection.target, are_several=True)

        async def move(pair: Pair) -> None:
            file, asset = pair
            with batch.attempt(str(file.path)):
                new = Asset(asset_id=asset.asset_id, folder=file.folder, file=File(name=file.name))
                await self.remote.client.assets.update(new, ["folder", "file.name"])
                done.append(_moved(file, asset))

        await side_by_side(self.compared.moved, move)
        return batch.exit_code

    async def _trash(self, assets: Sequence[WantedAsset], done: list[Step]) -> int:
        batch = FileBatch(self.remote.connection.target, are_several=True)

        async def trash(asset: WantedAsset) -> None:
            with batch.attempt(asset.asset_id):
                await self.remote.client.assets.delete(asset.asset_id)
                done.append(_trashed(asset))

        await side_by_side(assets, trash)
        return batch.exit_code


def _moved(file: LocalFile, asset: WantedAsset) -> Step:
    return Step(Action.MOVE, below(asset.folder, asset.name), asset.size, below(file.folder, file.name))


def _trashed(asset: WantedAsset) -> Step:
    return Step(Action.TRASH, below(asset.folder, asset.name), asset.size)
