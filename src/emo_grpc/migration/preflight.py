"""Compares both sides before anything is changed."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.journal import MigrationJournal
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import MigrationRefused
from emo_grpc.migration.resource_kind import Pair, ResourceKind, pairs
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.batches import batches
from emo_grpc.shared.service_layer.concurrency import for_each_concurrently

T = TypeVar("T", bound=Aggregate)

FILES: Final = "files in the bucket"
AT_ONCE: Final = 8
"""Most of them are nothing but one request each, for a file that is there already."""

USED: Final = "the target holds {} that %s: somebody uses it. Name a database and a bucket that nobody uses"
FOREIGN: Final = USED % "did not come from here"
NEWER: Final = USED % "were changed there"
LOST: Final = (
    "the database has {} already whose bytes are not in the bucket: it was moved with another bucket, or this one has"
    " lost them. Name that bucket; or a database and a bucket that nobody uses"
)


@dataclass(slots=True)
class Preflight:
    """How much has to be copied: `size` in plaintext bytes; and what forbids it, counted by kind.

    In the target, `foreign` resources did not come from this source, `newer` ones were changed after they had been
    copied. `lost` ones have no bytes in the bucket: no interrupted run leaves that behind, as bytes are stored first.
    """

    source: MetadataStore
    target: MetadataStore
    journal: MigrationJournal
    size: int = 0
    foreign: Counter[str] = field(default_factory=Counter)
    newer: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    async def compare(self, kind: ResourceKind[T]) -> None:
        """Compare all resources of a kind."""

        async def compare(pair: Pair[T]) -> None:
            if pair.source is None or pair.target is None or not kind.is_same(pair.source, pair.target):
                self._note_difference(kind, pair)
            elif not await kind.has_bytes(pair.target):
                self.lost[kind.name] += 1

        await for_each_concurrently(pairs(kind, self.source, self.target), compare, AT_ONCE)

    async def compare_bucket(self, bucket: BlobStore) -> None:
        """Count the files of the bucket that did not come from the source."""
        async for keys in batches(_stored(bucket)):
            known = await self.source.metadata.inventory.known_blobs(keys)
            self.foreign[FILES] += sum(not self.journal.knows(key.value) for key in set(keys) - known)

    def require_usable_target(self) -> None:
        """Raise MigrationRefused unless all that the target has came from here, is unchanged, and has its bytes."""
        for found, sentence in ((self.foreign, FOREIGN), (self.newer, NEWER), (self.lost, LOST)):
            counts = [f"{count} {name}" for name, count in found.items() if count]
            if counts:
                raise MigrationRefused(sentence.format(" and ".join(counts)))

    def _note_difference(self, kind: ResourceKind[T], pair: Pair[T]) -> None:
        source, target = pair.source, pair.target
        if source is not None:
            self.journal.note(kind.journal_ids(source))
            self.size += kind.size(source)
            if target is not None and target.version >= source.version:
                self.newer[kind.name] += 1
        elif target is not None and not self.journal.knows(kind.journal_ids(target)[0]):
            self.foreign[kind.name] += 1


async def _stored(bucket: BlobStore) -> AsyncIterator[BlobKey]:
    async for complete in bucket.list_complete():
        yield complete.key
    async for unfinished in bucket.list_unfinished():
        yield unfinished.key
