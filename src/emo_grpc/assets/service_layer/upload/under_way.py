"""Finds the upload that is under way, in a unit of work."""

from contextlib import suppress

from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import UploadNotFound, UploadSuperseded
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Fence, Upload
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork


async def current(unit: AssetsUnitOfWork, asset_id: AssetId, fence: Fence) -> Upload:
    """The upload, if the stream with this fence has it; raises UploadSuperseded, AssetNotFound."""
    upload = await under_way(unit, asset_id)
    if upload is None:
        await unit.assets.get(asset_id)  # it may be gone as well
        raise UploadSuperseded
    upload.check(fence)
    return upload


async def under_way(unit: AssetsUnitOfWork, asset_id: AssetId) -> Upload | None:
    """The upload of an asset, if there is one."""
    with suppress(UploadNotFound):
        return await unit.uploads.get(asset_id)
    return None


async def drop(unit: AssetsUnitOfWork, upload: Upload | DamagedUpload) -> None:
    """Remove it, say so, and commit."""
    upload.drop()
    await unit.uploads.remove(upload)
    await unit.commit()
