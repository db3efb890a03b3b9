"""Moves folders.

A folder of up to BATCH assets, or fewer large ones, moves in one transaction. One with more moves in as many as it
takes, each of which publishes the event of the next one: so it goes on after a crash, and holds nobody else up
(docs/adr/0044).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.events import FolderHalfMoved
from emo_grpc.assets.domain.folder_commands import MoveFolder
from emo_grpc.assets.domain.folder_errors import FolderNotFound, FolderTooLarge
from emo_grpc.assets.domain.folder_move import MAX_MOVED_FOLDERS, FolderMove, FolderRename, Place
from emo_grpc.assets.service_layer.many.moves import BATCH, WRITTEN_BYTES, Moves, publish_next
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock


@dataclass(frozen=True, slots=True)
class FolderHandlers:
    """The handlers, with what they need. `batch`, `written_bytes`: how much moves in one transaction."""

    units: AssetsUnits
    quota: Quota
    clock: Clock
    batch: int = BATCH
    written_bytes: int = WRITTEN_BYTES

    async def move_folder(self, command: MoveFolder) -> FolderMove:
        """Move a folder, or begin to; once for each request_id.

        Raises FolderNotFound, FolderTooLarge, InvalidArgument if a path would be too long or too deep, what
        `Quota.check_metadata_of` does, and ConcurrentChange while another move of the owner's is under way.
        """
        return await self._moves.begin(
            command.owner_id,
            command.request_id,
            command.rename,
            lambda unit: self._begin(unit, command.owner_id, command.rename),
        )

    async def move_rest_of_folder(self, event: FolderHalfMoved, row_id: UUID) -> None:
        """Move the next batch, once for each row of the outbox, and publish the event again while there are more."""
        await self._moves.go_on(event, row_id, lambda unit: self._move_batch(unit, event))

    @property
    def _moves(self) -> Moves:
        return Moves(self.units, self.clock, self.batch, self.written_bytes)

    async def _begin(self, unit: AssetsUnitOfWork, owner_id: UserId, rename: FolderRename) -> str:
        move_id = uuid4()
        if await unit.assets.folder_move(owner_id) is not None:
            raise ConcurrentChange("another folder of yours is being moved; try again when that is done")
        extent = await unit.assets.folder_extent(owner_id, rename.source, MAX_MOVED_FOLDERS + 1)
        if not extent.count:
            raise FolderNotFound(rename.source)
        if extent.folders > MAX_MOVED_FOLDERS:
            raise FolderTooLarge(f"more than {MAX_MOVED_FOLDERS} folders are below this one; move them one by one")
        rename.check_paths(extent)
        await self.quota.check_metadata_of(unit, owner_id, rename.metadata_bytes(extent))
        assets, last = await self._next(unit, owner_id, rename, None)
        if last is None:
            await self._move(unit, assets, rename)
        else:
            await unit.assets.set_folder_move(owner_id, FolderMove(move_id, extent.count))
            unit.publish(FolderHalfMoved(move_id, owner_id, rename.source, rename.destination))
        return str(move_id)

    async def _move_batch(self, unit: AssetsUnitOfWork, event: FolderHalfMoved) -> None:
        under_way = await unit.assets.folder_move(event.owner_id)
        if under_way is not None and under_way.move_id != event.move_id:
            raise ConcurrentChange("another folder of this owner is being moved")
        rename = FolderRename(event.source, event.destination)
        assets, last = await self._next(unit, event.owner_id, rename, event.after)
        await self._move(unit, assets, rename)
        await publish_next(unit, event, under_way, len(assets), last)

    async def _next(
        self, unit: AssetsUnitOfWork, owner_id: UserId, rename: FolderRename, after: Place | None
    ) -> tuple[list[Asset], Place | None]:
        def written_for(asset: Asset) -> int:
            return asset.metadata_bytes + rename.bytes_of(asset.description.folder)

        return await self._moves.next(unit, owner_id, ("within", rename.source), after, written_for)

    async def _move(self, unit: AssetsUnitOfWork, assets: Sequence[Asset], rename: FolderRename) -> None:
        now = self.clock()
        for asset in assets:
            said = asset.description
            asset.describe(replace(said, folder=rename.of(said.folder)), asset.file, now=now)
        await unit.assets.save_all(assets)
