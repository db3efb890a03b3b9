"""Renames labels, as folders are moved: up to BATCH assets at once, more in batches that an event drives.

Of each owner one move or rename is under way at a time, so that none meets what another has half done (docs/adr/0048).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import OwnerRemoved
from emo_grpc.assets.domain.events import LabelHalfRenamed
from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.assets.domain.label_commands import RenameLabel
from emo_grpc.assets.domain.label_rename import LabelKind, LabelRename
from emo_grpc.assets.service_layer.folder_handlers import BATCH, move_scope
from emo_grpc.assets.service_layer.folder_views import left_of
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once


@dataclass(frozen=True, slots=True)
class LabelHandlers:
    """The handlers, with what they need. `batch`: how many assets change in one transaction."""

    units: AssetsUnits
    quota: Quota
    clock: Clock
    batch: int = BATCH

    async def rename_label(self, command: RenameLabel) -> FolderMove:
        """Rename a label, or begin to; once for each request_id. Of a label that no asset has, nothing.

        Raises what `Quota.check_metadata_of` does, and ConcurrentChange while another rename, or a move of a folder,
        of the owner's is under way.
        """
        owner_id = command.owner_id
        async with self.units() as unit:
            move_id, _ = await once(
                unit.idempotency,
                scope=move_scope(owner_id),
                request_id=command.request_id,
                request=fingerprint(command.rename),
                now=self.clock(),
                make=lambda: self._begin(unit, owner_id, command.rename),
            )
            under_way = await unit.assets.folder_move(owner_id)
            await unit.commit()
        return FolderMove(UUID(move_id), left_of(under_way, UUID(move_id)))

    async def rename_rest_of_label(self, event: LabelHalfRenamed, row_id: UUID) -> None:
        """Rename the next batch, once for each row of the outbox, and publish the event again while there are more."""

        async def change() -> str:
            try:
                await unit.assets.usage(event.owner_id)
            except OwnerRemoved:
                return str(event.move_id)
            await self._rename_batch(unit, event)
            return str(event.move_id)

        async with self.units() as unit:
            await once(
                unit.idempotency,
                scope=move_scope(event.owner_id),
                request_id=RequestId(row_id),
                request=fingerprint(event),
                now=self.clock(),
                make=change,
            )
            await unit.commit()

    async def _begin(self, unit: AssetsUnitOfWork, owner_id: UserId, rename: LabelRename) -> str:
        move_id = uuid4()
        if await unit.assets.folder_move(owner_id) is not None:
            raise ConcurrentChange("something else of yours is being moved or renamed; try again when that is done")
        count = await unit.assets.label_count(owner_id, rename.kind, rename.label)
        await self.quota.check_metadata_of(unit, owner_id, count * rename.metadata_bytes)
        assets, last = await unit.assets.with_facet(owner_id, rename.kind, rename.label, None, self.batch)
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
        assets, last = await unit.assets.with_facet(event.owner_id, rename.kind, rename.label, event.after, self.batch)
        await self._rename(unit, assets, rename)
        if last is None:
            await unit.assets.set_folder_move(event.owner_id, None)
            return
        left = max(1, under_way.left - len(assets)) if under_way else 1
        await unit.assets.set_folder_move(event.owner_id, FolderMove(event.move_id, left))
        unit.publish(replace(event, after=last))

    async def _rename(self, unit: AssetsUnitOfWork, assets: Sequence[Asset], rename: LabelRename) -> None:
        now = self.clock()
        for asset in assets:
            asset.describe(rename.of(asset.description), asset.file, now=now)
        await unit.assets.save_all(assets)
