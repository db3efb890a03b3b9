"""Makes the target like the source."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeVar

from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.report import MoveReport, NotMoved, Unmovable
from emo_grpc.migration.resource_kind import Kind, Side, pairs
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.batches import batches
from emo_grpc.shared.service_layer.concurrency import side_by_side

T = TypeVar("T", bound=Aggregate)

AT_ONCE: Final = 4
"""Each holds up to one stored part, most of them of 8 MiB, and some segments of 1 MiB."""


@dataclass(frozen=True, slots=True)
class Passes:
    """Goes through all of a kind. May be stopped anywhere, and begun again."""

    here: Side
    there: Side
    report: MoveReport

    async def clear(self, kind: Kind[T]) -> None:
        """Remove what is there and not here any more, or no longer as it is here."""
        async for pair in pairs(kind, self.here, self.there):
            if pair.there is None or (pair.here is not None and kind.is_same(pair.here, pair.there)):
                continue
            await kind.remove(pair.there, is_gone=pair.here is None)
            self.report.tallies[kind.name].removed += pair.here is None

    async def bring(self, kind: Kind[T]) -> None:
        """Bring what is here and not there, some at a time."""

        async def bring(thing: T) -> None:
            try:
                await kind.bring(thing)
            except Unmovable as error:
                self.report.not_moved.append(NotMoved(kind.noun, kind.identity(thing), str(error), error.damages))
            else:
                self.report.tallies[kind.name].moved += 1
                self.report.moved_bytes += kind.size(thing)

        await side_by_side(self._missing(kind), bring, AT_ONCE)

    async def tidy(self, bucket: BlobStore) -> None:
        """Remove what an interrupted move has left in the bucket: uploads and files that no database knows."""
        async for unfinished in batches(bucket.list_unfinished()):
            known = await self.there.metadata.inventory.known_blobs([each.key for each in unfinished])
            for each in unfinished:
                if each.key not in known:
                    await bucket.abort(each.key, each.upload_handle)
        async for complete in batches(bucket.list_complete()):
            keys = {each.key for each in complete}
            for side in (self.here, self.there):
                keys -= await side.metadata.inventory.known_blobs(keys)
            for key in keys:
                await bucket.delete(key)

    async def _missing(self, kind: Kind[T]) -> AsyncIterator[T]:
        tally = self.report.tallies[kind.name]
        async for pair in pairs(kind, self.here, self.there):
            if pair.here is not None and pair.there is None:
                yield pair.here
            elif pair.here is not None:
                tally.there += 1
