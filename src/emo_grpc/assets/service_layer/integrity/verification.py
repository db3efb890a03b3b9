"""Goes through everything that is stored, and tells what is not as it should be.

It may run beside servers: what seems broken is checked again if its record has changed meanwhile.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Self

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.integrity.file_check import Damage, FileCheck, Problem
from emo_grpc.assets.service_layer.integrity.orphans import Orphans
from emo_grpc.assets.service_layer.integrity.upload_check import UploadCheck
from emo_grpc.assets.service_layer.inventory import Inventory, all_assets, all_uploads
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.concurrency import results_in_order

MAX_UNREADABLE: Final = 20
"""So many files in a row that can't be read are not the files' fault: the store is away."""

CheckFile = Callable[[Asset], Awaitable[list[Damage]]]
"""`FileCheck.check_sizes` or `FileCheck.check_bytes`."""


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file, or with `is_upload` what has come of one so far, and what is wrong with it."""

    asset_id: AssetId
    owner_ids: tuple[UserId, ...]
    blob_key: BlobKey | None
    is_upload: bool
    damages: tuple[Damage, ...]

    @classmethod
    def of_record(cls, damaged: DamagedAsset | DamagedUpload) -> Self:
        """Of one whose record can't be read."""
        damages = (Damage(0, Problem.RECORD_DAMAGED),)
        owner_ids = damaged.owner_ids if isinstance(damaged, DamagedAsset) else ()
        return cls(damaged.asset_id, owner_ids, damaged.blob_key, isinstance(damaged, DamagedUpload), damages)

    @classmethod
    def of(cls, broken: Asset | Upload, damages: list[Damage]) -> Self:
        """Of one that was checked."""
        is_upload = isinstance(broken, Upload)
        return cls(broken.asset_id, broken.owner_ids, _blob_key_of(broken), is_upload, tuple(damages))


@dataclass(frozen=True, slots=True)
class Verification:
    """Yields what it finds as it finds it, in order of the assets' ids; memory does not grow with what is stored."""

    units: AssetsUnits
    inventory: Inventory
    file_check: FileCheck
    upload_check: UploadCheck
    orphans: Orphans
    at_once: int

    async def files(self, check: CheckFile) -> AsyncGenerator[BrokenFile | None, None]:
        """For each asset what is wrong with its file, or None.

        Raises Unavailable when the store answers for no file any more.
        """
        works = (self.file(asset, check) async for asset in all_assets(self.inventory))
        unreadable = 0
        async with aclosing(results_in_order(works, self.at_once)) as results:
            async for broken in results:
                unreadable = unreadable + 1 if _is_unreadable(broken) else 0
                if unreadable == MAX_UNREADABLE:
                    raise Unavailable("the file store does not answer")
                yield broken

    async def uploads(self) -> AsyncGenerator[BrokenFile | None, None]:
        """For each upload under way what is wrong with it, or None."""
        works = (self.upload(upload) async for upload in all_uploads(self.inventory))
        async with aclosing(results_in_order(works, self.at_once)) as results:
            async for broken in results:
                yield broken

    async def one(self, asset_id: AssetId, check: CheckFile) -> list[BrokenFile]:
        """What is wrong with the file of an asset, and with its upload. Raises AssetNotFound."""
        async with self.units() as unit:
            asset, upload = await unit.assets.find(asset_id), await unit.uploads.find(asset_id)
        if asset is None:
            raise AssetNotFound
        found = [await self.file(asset, check), None if upload is None else await self.upload(upload)]
        return [broken for broken in found if broken is not None]

    async def file(self, asset: Asset | DamagedAsset, check: CheckFile) -> BrokenFile | None:
        """What is wrong with one."""
        while not isinstance(asset, DamagedAsset):
            if not (damages := await check(asset)):
                return None
            async with self.units() as unit:
                current = await unit.assets.find(asset.asset_id)
            if current is None:
                return None
            if current.version == asset.version and isinstance(current, Asset):
                return BrokenFile.of(asset, damages)
            asset = current
        return BrokenFile.of_record(asset)

    async def upload(self, upload: Upload | DamagedUpload) -> BrokenFile | None:
        """What is wrong with one."""
        while not isinstance(upload, DamagedUpload):
            if not (damages := await self.upload_check.check(upload)):
                return None
            async with self.units() as unit:
                current = await unit.uploads.find(upload.asset_id)
            if current is None:
                return None
            if (current.version, current.blob_key) == (upload.version, upload.blob_key) and isinstance(current, Upload):
                return BrokenFile.of(upload, damages)
            upload = current
        return BrokenFile.of_record(upload)


def _blob_key_of(broken: Asset | Upload) -> BlobKey | None:
    if isinstance(broken, Upload):
        return broken.blob_key
    return None if broken.content is None else broken.content.blob_key


def _is_unreadable(broken: BrokenFile | None) -> bool:
    return broken is not None and all(damage.problem is Problem.UNREADABLE for damage in broken.damages)
