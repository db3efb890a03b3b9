"""Looks at both sides before anything is changed."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.bootstrap.moving.journal import MoveJournal
from emo_grpc.bootstrap.moving.kinds import Kind, Pair, Side, pairs
from emo_grpc.bootstrap.moving.report import MoveRefused
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.batches import batches

T = TypeVar("T", bound=Aggregate)

FILES: Final = "files in the bucket"


@dataclass(slots=True)
class Survey:
    """What there is to move: `size` in plaintext bytes; and what speaks against it, counted by kind.

    `strangers` are there without ever having been here, `newer` were changed there after they had been moved.
    """

    here: Side
    there: Side
    journal: MoveJournal
    size: int = 0
    strangers: Counter[str] = field(default_factory=Counter)
    newer: Counter[str] = field(default_factory=Counter)

    async def look_at(self, kind: Kind[T]) -> None:
        """Compare all of a kind."""
        async for pair in pairs(kind, self.here, self.there):
            self._compare(kind, pair)

    async def look_into(self, bucket: BlobStore) -> None:
        """Look whose the files there are."""
        async for keys in batches(_stored(bucket)):
            known = await self.here.metadata.inventory.known_blobs(keys)
            self.strangers[FILES] += sum(not self.journal.knows(key.value) for key in set(keys) - known)

    def judge(self) -> None:
        """Raise MoveRefused unless all that is there came from here, and is as it came."""
        for found, what in ((self.strangers, "that did not come from here"), (self.newer, "that were changed there")):
            counts = [f"{count} {name}" for name, count in found.items() if count]
            if counts:
                raise MoveRefused(
                    f"the target holds {' and '.join(counts)} {what}: somebody uses it. Name a database and a bucket"
                    " that nobody uses"
                )

    def _compare(self, kind: Kind[T], pair: Pair[T]) -> None:
        here, there = pair.here, pair.there
        if here is None:
            if there is not None and not self.journal.knows(kind.marks(there)[0]):
                self.strangers[kind.name] += 1
        elif there is None or not kind.is_same(here, there):
            self.journal.note(kind.marks(here))
            self.size += kind.size(here)
            if there is not None and there.version >= here.version:
                self.newer[kind.name] += 1


async def _stored(bucket: BlobStore) -> AsyncIterator[BlobKey]:
    async for complete in bucket.list_complete():
        yield complete.key
    async for unfinished in bucket.list_unfinished():
        yield unfinished.key
