"""Finds stored bytes that the database knows nothing of.

An object is known from just after its upload began until its asset is deleted: the transaction that completes an asset
takes the reference from its upload, and `known_blobs` sees both at one moment. So what is listed first and looked up
afterwards can be unknown for three reasons only: its upload began just now, its asset was deleted just now, or it is
an orphan. An upload that began a day ago is surely none of the first.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.ports import BlobStore, CompleteBlob, UnfinishedBlob
from emo_grpc.shared.service_layer.batches import batches

PREFIXES: Final = 256
PREFIX_TIME: Final = timedelta(minutes=10)
"""All prefixes of keys have had their turn after two days."""

Blob = TypeVar("Blob", CompleteBlob, UnfinishedBlob)


class ForeignStore(Exception):
    """The file store is that of another database, so nothing in it is known to be an orphan."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """What is in the store and not in the database. It takes memory for some hundreds, however many there are."""

    inventory: Inventory
    blobs: BlobStore

    async def require_own_store(self) -> None:
        """Raise ForeignStore if the store is another database's: all that is there would be unknown to ours."""
        installation = await self.inventory.installation()
        owner = await self.blobs.claim(installation)
        if owner != installation:
            raise ForeignStore(
                f"the file store belongs to the database {owner}, and this one is {installation}; if it shall own the"
                " store from now on, remove the note `installation` from it"
            )

    async def unfinished(self, before: datetime) -> AsyncIterator[UnfinishedBlob]:
        """Uploads begun before that time that no upload of the database is."""
        old = (blob async for blob in self.blobs.list_unfinished() if blob.begin_time < before)
        async for blob in self._unknown(old):
            yield blob

    async def complete(self, prefix: str = "") -> AsyncIterator[CompleteBlob]:
        """Objects that no asset and no upload refers to; all, or those whose keys have this prefix."""
        async for blob in self._unknown(self.blobs.list_complete(prefix)):
            yield blob

    async def _unknown(self, blobs: AsyncIterable[Blob]) -> AsyncIterator[Blob]:
        async for batch in batches(blobs):
            known = await self.inventory.known_blobs([blob.key for blob in batch])
            for blob in batch:
                if blob.key not in known:
                    yield blob


def prefix_at(now: datetime) -> str:
    """The prefix of keys, two hex digits, whose turn it is."""
    return f"{int(now.timestamp() / PREFIX_TIME.total_seconds()) % PREFIXES:02x}"
