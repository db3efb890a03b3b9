"""What moves of folders and renames of labels have in common: they go on in batches, each of which publishes the next.

Of each owner one of them is under way at a time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import OwnerRemoved
from emo_grpc.assets.domain.events import FolderHalfMoved, LabelHalfRenamed
from emo_grpc.assets.domain.folder_move import FolderMove, FolderRename, Place
from emo_grpc.assets.domain.label_rename import LabelRename
from emo_grpc.assets.service_layer.folder_views import left_of
from emo_grpc.assets.service_layer.request_scopes import Requests, scope_of
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.idempotency import fingerprint, once

BATCH: Final = 100
"""Assets that one transaction changes, or fewer large ones."""

WRITTEN_BYTES: Final = 4 << 20
"""Metadata bytes of the assets that one transaction changes, before and after: about what it writes. A few thousand are
usual of an asset; of one that lies deep, or has many labels, there are up to 500,000."""

HalfDone = FolderHalfMoved | LabelHalfRenamed


@dataclass(frozen=True, slots=True)
class Moves:
    """Begins them, and has them go on. `batch`, `written_bytes`: how much changes in one transaction."""

    units: AssetsUnits
    clock: Clock
    batch: int = BATCH
    written_bytes: int = WRITTEN_BYTES

    async def begin(
        self,
        owner_id: UserId,
        request_id: RequestId | None,
        rename: FolderRename | LabelRename,
        begin: Callable[[AssetsUnitOfWork], Awaitable[str]],
    ) -> FolderMove:
        """Do the first batch, once for each request_id; `begin` gives the id of the move. Raises what it does."""
        async with self.units() as unit:
            move_id, _ = await once(
                unit.idempotency,
                scope=scope_of(Requests.MOVE, owner_id),
                request_id=request_id,
                request=fingerprint(rename),
                now=self.clock(),
                make=lambda: begin(unit),
            )
            under_way = await unit.assets.folder_move(owner_id)
            await unit.commit()
        return FolderMove(UUID(move_id), left_of(under_way, UUID(move_id)))

    async def go_on(self, event: HalfDone, row_id: UUID, batch: Callable[[AssetsUnitOfWork], Awaitable[None]]) -> None:
        """Do the next batch, once for each row of the outbox; none for an owner who was removed.

        Tried again at once while other calls of the owner's get in its way, as commands are.
        """
        await ConflictRetries().run(lambda: self._go_on(event, row_id, batch))

    async def next(
        self,
        unit: AssetsUnitOfWork,
        owner_id: UserId,
        facet: tuple[str, str],
        after: Place | None,
        written_for: Callable[[Asset], int],
    ) -> tuple[list[Asset], Place | None]:
        """The assets of the next batch, and the place of the last one unless no others follow.

        `facet`: name and value of what they have in common. `written_for`: what changing an asset writes, in metadata
        bytes.
        """
        assets, last = await unit.assets.with_facet(owner_id, *facet, after, self.batch)
        written = 0
        for count, asset in enumerate(assets, start=1):
            written += written_for(asset)
            if written >= self.written_bytes and count < len(assets):
                return assets[:count], Place(asset.create_time, asset.asset_id)
        return assets, last

    async def _go_on(self, event: HalfDone, row_id: UUID, batch: Callable[[AssetsUnitOfWork], Awaitable[None]]) -> None:
        async with self.units() as unit:
            if not await _claim(unit, event.owner_id):
                return  # and nothing is remembered of them

            async def do() -> str:
                await batch(unit)
                return str(event.move_id)

            await once(
                unit.idempotency,
                scope=scope_of(Requests.MOVE, event.owner_id),
                request_id=RequestId(row_id),
                request=fingerprint(event),
                now=self.clock(),
                make=do,
            )
            await unit.commit()


async def _claim(unit: AssetsUnitOfWork, owner_id: UserId) -> bool:
    """Whether there is such an owner. Asked first, so that what they do meanwhile meets this and not the reverse."""
    try:
        await unit.assets.usage(owner_id)
    except OwnerRemoved:
        return False
    return True


async def publish_next(
    unit: AssetsUnitOfWork, event: HalfDone, under_way: FolderMove | None, done: int, last: Place | None
) -> None:
    """After a batch of so many: note what is left, and publish the event of the next one; `last` None: all is done."""
    if last is None:
        await unit.assets.set_folder_move(event.owner_id, None)
        return
    left = max(1, under_way.left - done) if under_way else 1
    await unit.assets.set_folder_move(event.owner_id, FolderMove(event.move_id, left))
    unit.publish(replace(event, after=last))
