"""Makes the target like the source."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeVar

from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import CannotMigrate, MigrationReport, NotMigrated
from emo_grpc.migration.resource_kind import ResourceKind, pairs
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.batches import batches
from emo_grpc.shared.service_layer.concurrency import for_each_concurrently

T = TypeVar("T", bound=Aggregate)

AT_ONCE: Final = 4
"""Each holds up to one stored part, most of them of 8 MiB, and some segments of 1 MiB."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Removes and copies resources, a kind at a time. May be stopped anywhere, and begun again."""

    source: MetadataStore
    target: MetadataStore
    report: MigrationReport

    async def remove_stale(self, kind: ResourceKind[T]) -> None:
        """Remove from the target what the source does not have, or has in another state."""
        async for pair in pairs(kind, self.source, self.target):
            if pair.target is None or (pair.source is not None and kind.is_same(pair.source, pair.target)):
                continue
            await kind.remove(pair.target, is_gone=pair.source is None)
            self.report.tallies[kind.name].removed += pair.source is None

    async def copy_missing(self, kind: ResourceKind[T]) -> None:
        """Copy what the target does not have, some at a time."""

        async def copy(resource: T) -> None:
            try:
                await kind.copy(resource)
            except CannotMigrate as error:
                left_out = NotMigrated(kind.noun, kind.identity(resource), str(error), error.damages)
                self.report.not_migrated.append(left_out)
            else:
                self.report.tallies[kind.name].migrated += 1
                self.report.migrated_bytes += kind.size(resource)

        await for_each_concurrently(self._missing(kind), copy, AT_ONCE)

    async def remove_leftovers(self, bucket: BlobStore) -> None:
        """Remove what an interrupted run has left in the bucket: uploads and files that neither database knows."""
        async for unfinished in batches(bucket.list_unfinished()):
            known = await self.target.metadata.inventory.known_blobs([each.key for each in unfinished])
            for each in unfinished:
                if each.key not in known:
                    await bucket.abort(each.key, each.upload_handle)
        async for complete in batches(bucket.list_complete()):
            keys = {each.key for each in complete}
            for store in (self.source, self.target):
                keys -= await store.metadata.inventory.known_blobs(keys)
            for key in keys:
                await bucket.delete(key)

    async def _missing(self, kind: ResourceKind[T]) -> AsyncIterator[T]:
        tally = self.report.tallies[kind.name]
        async for pair in pairs(kind, self.source, self.target):
            if pair.source is not None and pair.target is None:
                yield pair.source
            elif pair.source is not None:
                tally.present += 1
