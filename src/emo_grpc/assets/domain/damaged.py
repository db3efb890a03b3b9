"""What is left of a stored record that can't be read any more: what stands beside its document."""

from dataclasses import dataclass

from emo_grpc.assets.domain.events import AssetDeleted
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.ids import UserId


@dataclass(slots=True, kw_only=True)
class DamagedAsset(Aggregate):
    """An asset. It can still be destroyed; `blob_key` is None if its file was not complete."""

    asset_id: AssetId
    owner_ids: tuple[UserId, ...]
    blob_key: BlobKey | None

    def delete(self) -> None:
        """As `Asset.delete`."""
        if self.blob_key is not None:
            self.record(AssetDeleted(asset_id=self.asset_id, blob_key=self.blob_key))


@dataclass(slots=True, kw_only=True)
class DamagedUpload(Aggregate):
    """An upload. It can still be dropped; its handle is not known, so what is stored of it is left as an orphan."""

    asset_id: AssetId
    blob_key: BlobKey

    def drop(self) -> None:
        """As `Upload.drop`, but that no event can say what to abort."""
