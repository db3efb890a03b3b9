"""Renames labels, as folders are moved: up to BATCH assets at once, more in batches that an event drives.

Of each owner one move or rename is under way at a time, so that none meets what another has half done (docs/adr/0048).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.events import LabelHalfRenamed
from emo_grpc.assets.domain.folder_move import FolderMove, Place
from emo_grpc.assets.domain.label_commands import RenameLabel
from emo_grpc.assets.domain.label_rename import LabelKind, LabelRename
from emo_grpc.assets.service_layer.many.moves import BATCH, WRITTEN_BYTES, Moves, publish_next
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock


@dataclass(frozen=True, slots=True)
class LabelHandlers:
    """The handlers, with what they need. `batch`, `written_bytes`: how much changes in one transaction."""

    units: AssetsUnits
    quota: Quota
    clock: Clock
    batch: int = BATCH
    written_bytes: int = WRITTEN_BYTES

    async def rename_label(self, command: RenameLabel) -> FolderMove:
        """Rename a label, or begin to; once for each request_id. Of a label that no asset has, nothing.

        Raises what `Quota.check_metadata_of` does, and ConcurrentChange while another rename, or a move of a folder,
        of the owner's is under way.
        """
        return await self._moves.begin(
            command.owner_id,
            command.request_id,
            command.rename,
            lambda unit: self._begin(unit, command.owner_id, command.rename),
        )

    async def rename_rest_of_label(self, event: LabelHalfRenamed, row_id: UUID) -> None:
        """Rename the next batch, once for each row of the outbox, and publish the event again while there are more."""
        await self._moves.go_on(event, row_id, lambda unit: self._rename_batch(unit, event))

    @property
    def _moves(self) -> Moves:
        return Moves(self.units, self.clock, self.batch, self.written_bytes)

    async def _begin(self, unit: AssetsUnitOfWork, owner_id: UserId, rename: LabelRename) -> str:
        move_id = uuid4()
        if await unit.assets.folder_move(owner_id) is not None:
            raise ConcurrentChange("something else of yours is being moved or renamed; try again when that is done")
        count = await unit.assets.label_count(owner_id, rename.kind, rename.label)
        await self.quota.check_metadata_of(unit, owner_id, count * rename.metadata_bytes)
        assets, last = await self._next(unit, owner_id, rename, None)
        await self._rename(unit, assets, rename)
        if last is not None:
            await unit.assets.set_folder_move(owner_id, FolderMove(move_id, max(1, count - len(assets))))
            unit.publish(LabelHalfRenamed(move_id, owner_id, rename.kind, rename.label, rename.new_label, last))
        return str(move_id)

    async def _rename_batch(self, unit: AssetsUnitOfWork, event: LabelHalfRenamed) -> None:
        under_way = await unit.assets.folder_move(event.owner_id)
        if under_way is not None and under_way.move_id != event.move_id:
            raise ConcurrentChange("something else of this owner is being moved or renamed")
        rename = LabelRename(LabelKind(event.kind), event.label, event.new_label)
        assets, last = await self._next(unit, event.owner_id, rename, event.after)
        await self._rename(unit, assets, rename)
        await publish_next(unit, event, under_way, len(assets), last)

    async def _next(
        self, unit: AssetsUnitOfWork, owner_id: UserId, rename: LabelRename, after: Place | None
    ) -> tuple[list[Asset], Place | None]:
        def written_for(asset: Asset) -> int:
            return 2 * asset.metadata_bytes  # before and after, which are about the same

        return await self._moves.next(unit, owner_id, (rename.kind, rename.label), after, written_for)

    async def _rename(self, unit: AssetsUnitOfWork, assets: Sequence[Asset], rename: LabelRename) -> None:
        now = self.clock()
        for asset in assets:
            asset.describe(rename.of(asset.description), asset.file, now=now)
        await unit.assets.save_all(assets)
