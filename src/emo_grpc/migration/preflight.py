"""Looks at both sides before anything is changed."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.journal import MoveJournal
from emo_grpc.migration.report import MoveRefused
from emo_grpc.migration.resource_kind import Kind, Pair, Side, pairs
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.batches import batches
from emo_grpc.shared.service_layer.concurrency import side_by_side

T = TypeVar("T", bound=Aggregate)

FILES: Final = "files in the bucket"
AT_ONCE: Final = 8
"""Most of them are nothing but one request each, for a file that is there already."""

USED: Final = "the target holds {} that %s: somebody uses it. Name a database and a bucket that nobody uses"
STRANGERS: Final = USED % "did not come from here"
NEWER: Final = USED % "were changed there"
LOST: Final = (
    "the database has {} already whose bytes are not in the bucket: it was moved with another bucket, or this one has"
    " lost them. Name that bucket; or a database and a bucket that nobody uses"
)


@dataclass(slots=True)
class Survey:
    """What there is to move: `size` in plaintext bytes; and what speaks against it, counted by kind.

    `strangers` are there without ever having been here, `newer` were changed there after they had been moved. `lost`
    are there without their bytes, which no interrupted move leaves behind: what has bytes is saved after them.
    """

    here: Side
    there: Side
    journal: MoveJournal
    size: int = 0
    strangers: Counter[str] = field(default_factory=Counter)
    newer: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    async def look_at(self, kind: Kind[T]) -> None:
        """Compare all of a kind."""

        async def look(pair: Pair[T]) -> None:
            if pair.here is None or pair.there is None or not kind.is_same(pair.here, pair.there):
                self._note_difference(kind, pair)
            elif not await kind.is_stored(pair.there):
                self.lost[kind.name] += 1

        await side_by_side(pairs(kind, self.here, self.there), look, AT_ONCE)

    async def look_into(self, bucket: BlobStore) -> None:
        """Look whose the files there are."""
        async for keys in batches(_stored(bucket)):
            known = await self.here.metadata.inventory.known_blobs(keys)
            self.strangers[FILES] += sum(not self.journal.knows(key.value) for key in set(keys) - known)

    def judge(self) -> None:
        """Raise MoveRefused unless all that is there came from here, is as it came, and has its bytes."""
        for found, sentence in ((self.strangers, STRANGERS), (self.newer, NEWER), (self.lost, LOST)):
            counts = [f"{count} {name}" for name, count in found.items() if count]
            if counts:
                raise MoveRefused(sentence.format(" and ".join(counts)))

    def _note_difference(self, kind: Kind[T], pair: Pair[T]) -> None:
        here, there = pair.here, pair.there
        if here is not None:
            self.journal.note(kind.marks(here))
            self.size += kind.size(here)
            if there is not None and there.version >= here.version:
                self.newer[kind.name] += 1
        elif there is not None and not self.journal.knows(kind.marks(there)[0]):
            self.strangers[kind.name] += 1


async def _stored(bucket: BlobStore) -> AsyncIterator[BlobKey]:
    async for complete in bucket.list_complete():
        yield complete.key
    async for unfinished in bucket.list_unfinished():
        yield unfinished.key
