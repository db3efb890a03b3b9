"""Assets with their files, as a kind of resource."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.integrity.file_check import Damage, FileCheck, OnRead, Problem
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.assets.service_layer.owned_assets import remove_asset
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.migration.asset_kind import AssetKind
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, CannotMigrate
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.thread_work import on_thread


@dataclass(frozen=True, slots=True)
class Assets(AssetKind):
    """Assets. One with a file is stored only after the file was read back from the target's bucket and proven.

    `advance` is called with plaintext bytes: half a file's size once it is copied, the other half once it is proven.
    """

    target: MetadataStore
    source_files: BlobStore
    check_source: FileCheck
    check_target: FileCheck
    file_copy: FileCopy
    threads: Executor
    advance: Callable[[float], None]

    def journal_ids(self, resource: Asset | DamagedAsset) -> tuple[UUID, ...]:
        """The asset's id, and the key of its file if it has one."""
        own = resource.asset_id.value
        blob_key = _blob_key_of(resource)
        return (own,) if blob_key is None else (own, blob_key.value)

    async def has_bytes(self, target: Asset | DamagedAsset) -> bool:
        """Whether all parts are there in their sizes; their bytes were proven before the asset was stored."""
        return isinstance(target, Asset) and not _readable(await self.check_target.check_sizes(target))

    def size(self, resource: Asset | DamagedAsset) -> int:
        """The size of its complete file."""
        return 0 if isinstance(resource, DamagedAsset) or resource.content is None else resource.content.manifest.size

    async def remove(self, target: Asset | DamagedAsset, *, is_gone: bool) -> None:
        """Keep the file of one that is copied again; an event deletes the file of one that is gone."""

        async def remove(unit: AssetsUnitOfWork) -> None:
            await (remove_asset(unit, replace(target)) if is_gone else unit.assets.remove(replace(target)))

        await self.target.change(self.target.assets, remove)

    async def copy(self, source: Asset | DamagedAsset) -> None:
        """Copy the file, prove it, and store the asset with its version. Raises CannotMigrate, Unavailable."""
        if isinstance(source, DamagedAsset):
            raise CannotMigrate(DAMAGED)
        if source.content is not None:
            await self._copy_file(source, source.content)
        asset = replace(source, version=source.version - 1)
        await self.target.change(self.target.assets, lambda unit: unit.assets.add(replace(asset)))

    async def _copy_file(self, asset: Asset, content: StoredContent) -> None:
        if not await self._is_damaged_in_target(asset, lambda _: None):  # an earlier run has copied it
            self.advance(content.manifest.size)
            return
        if await self.check_source.check_sizes(asset):
            await self._require_whole_source(asset)
        await self.file_copy.target.delete(content.blob_key)
        await self._copy_parts(asset, content)
        if await self._is_damaged_in_target(asset, self._advance_half):
            await self.file_copy.target.delete(content.blob_key)
            await self._require_whole_source(asset)
            raise Unavailable("the bucket gives back other bytes than it was given")

    async def _is_damaged_in_target(self, asset: Asset, on_read: OnRead) -> bool:
        return bool(_readable(await self.check_target.check_bytes(asset, on_read)))

    async def _require_whole_source(self, asset: Asset) -> None:
        """Raise CannotMigrate with all that is wrong."""
        damages = await self.check_source.check_bytes(asset)
        if damages:
            raise CannotMigrate("its file is not what it was", tuple(damages))

    async def _copy_parts(self, asset: Asset, content: StoredContent) -> None:
        loop = asyncio.get_running_loop()
        key, layout = content.blob_key, content.manifest.layout
        try:
            reader = await loop.run_in_executor(self.threads, self.source_files.open, key, layout)
            try:
                copied = await self.file_copy.copy(key, reader, layout, layout.part_count, self._advance_half)
            finally:
                await on_thread(reader.close, self.threads)
        except StoredFileCorrupt as error:
            await self._require_whole_source(asset)
            raise CannotMigrate(error.message) from error
        await self.file_copy.target.complete(key, copied.upload_handle, copied.receipts)

    def _advance_half(self, size: int) -> None:
        self.advance(size / 2)


def _blob_key_of(asset: Asset | DamagedAsset) -> BlobKey | None:
    if isinstance(asset, DamagedAsset):
        return asset.blob_key
    return None if asset.content is None else asset.content.blob_key


def _readable(damages: list[Damage]) -> list[Damage]:
    """The same damages; raises Unavailable if one is only that the bucket did not answer."""
    if any(damage.problem is Problem.UNREADABLE for damage in damages):
        raise Unavailable("the bucket breaks off while it is read")
    return damages
