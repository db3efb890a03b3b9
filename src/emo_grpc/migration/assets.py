"""Moves assets with their files."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.asset_handlers import remove_asset
from emo_grpc.assets.service_layer.integrity.file_check import Damage, FileCheck, Flaw, OnRead
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.migration.report import DAMAGED, Told, Unmovable
from emo_grpc.migration.resource_kind import Side, walk
from emo_grpc.shared.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Assets:
    """Of kind Asset | DamagedAsset.

    A complete one is saved when its file was read back and proven, so what is there is whole.
    """

    target: Side
    source_files: BlobStore
    check_here: FileCheck
    check_there: FileCheck
    copy: FileCopy
    workers: Executor
    told: Told
    name: str = "assets"
    noun: str = "asset"

    def walk(self, side: Side) -> AsyncIterator[Asset | DamagedAsset]:
        """See Kind."""
        return walk(side.metadata.inventory.assets, lambda asset: asset.asset_id)

    def identity(self, thing: Asset | DamagedAsset) -> UUID:
        """See Kind."""
        return thing.asset_id.value

    def marks(self, thing: Asset | DamagedAsset) -> tuple[UUID, ...]:
        """See Kind."""
        own = thing.asset_id.value
        blob_key = _blob_key_of(thing)
        return (own,) if blob_key is None else (own, blob_key.value)

    def is_same(self, here: Asset | DamagedAsset, there: Asset | DamagedAsset) -> bool:
        """See Kind. What can't be read here does not take the place of what is there."""
        return here == there or isinstance(here, DamagedAsset)

    async def is_stored(self, there: Asset | DamagedAsset) -> bool:
        """By a glance: all parts in their sizes, for its bytes were proven before it was saved."""
        return isinstance(there, Asset) and not _readable(await self.check_there.glance(there))

    def size(self, thing: Asset | DamagedAsset) -> int:
        """That of its complete file."""
        return 0 if isinstance(thing, DamagedAsset) or thing.content is None else thing.content.manifest.size

    async def remove(self, there: Asset | DamagedAsset, *, is_gone: bool) -> None:
        """One that comes again finds its file, the bytes of one that is gone follow by event."""

        async def remove(unit: AssetsUnitOfWork) -> None:
            await (remove_asset(unit, replace(there)) if is_gone else unit.assets.remove(replace(there)))

        await self.target.change_assets(remove)

    async def bring(self, here: Asset | DamagedAsset) -> None:
        """See Kind."""
        if isinstance(here, DamagedAsset):
            raise Unmovable(DAMAGED)
        if here.content is not None:
            await self._bring_file(here, here.content)
        await self.target.change_assets(lambda unit: unit.assets.add(replace(here, version=here.version - 1)))

    async def _bring_file(self, asset: Asset, content: StoredContent) -> None:
        if not await self._is_damaged_there(asset, lambda _: None):  # an earlier move came that far
            self.told(content.manifest.size)
            return
        if await self.check_here.glance(asset):
            await self._require_whole_here(asset)
        await self.copy.target.delete(content.blob_key)
        await self._copy(asset, content)
        if await self._is_damaged_there(asset, self._half_told):
            await self.copy.target.delete(content.blob_key)
            await self._require_whole_here(asset)
            raise Unavailable("the bucket gives back other bytes than it was given")

    async def _is_damaged_there(self, asset: Asset, on_read: OnRead) -> bool:
        return bool(_readable(await self.check_there.read(asset, on_read)))

    async def _require_whole_here(self, asset: Asset) -> None:
        """Raise Unmovable with all that is wrong."""
        damages = await self.check_here.read(asset)
        if damages:
            raise Unmovable("its file is not what it was", tuple(damages))

    async def _copy(self, asset: Asset, content: StoredContent) -> None:
        loop = asyncio.get_running_loop()
        key, layout = content.blob_key, content.manifest.layout
        try:
            reader = await loop.run_in_executor(self.workers, self.source_files.open, key, layout)
            copied = await self.copy.copy(key, reader, layout, layout.part_count, self._half_told)
        except StoredFileCorrupt as error:
            await self._require_whole_here(asset)
            raise Unmovable(error.message) from error
        await self.copy.target.complete(key, copied.upload_handle, copied.receipts)

    def _half_told(self, size: int) -> None:
        self.told(size / 2)


def _blob_key_of(asset: Asset | DamagedAsset) -> BlobKey | None:
    if isinstance(asset, DamagedAsset):
        return asset.blob_key
    return None if asset.content is None else asset.content.blob_key


def _readable(damages: list[Damage]) -> list[Damage]:
    """Gives them; raises Unavailable if the bucket does not answer for one."""
    if any(damage.flaw is Flaw.UNREADABLE for damage in damages):
        raise Unavailable("the bucket breaks off while it is read")
    return damages
