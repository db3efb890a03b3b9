"""What queries show, out of stored documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from emo_grpc.assets.adapters.documents.asset import content_from, description_from, file_from, time_from
from emo_grpc.assets.adapters.documents.shapes import AssetDocument
from emo_grpc.assets.adapters.documents.values import owner_ids_from
from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetView, DownloadView, UploadView
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.times import stored_time
from emo_grpc.shared.domain.ids import UserId


@contextmanager
def reading(asset_id: AssetId) -> Iterator[None]:
    """Raise AssetRecordCorrupt where the document of this asset can't be read."""
    try:
        yield
    except UNREADABLE as error:
        raise AssetRecordCorrupt(asset_id) from error


def owned_by(owner_id: UserId, document: AssetDocument) -> AssetDocument:
    """Give it; raises ValueError if it does not name this owner, as what stands beside it does."""
    if str(owner_id) not in document["owner_ids"]:
        raise ValueError("the document names other owners")
    return document


def asset_view(document: AssetDocument, version: int) -> AssetView:
    """An asset as it is shown."""
    return AssetView(
        asset_id=AssetId(UUID(document["asset_id"])),
        owner_ids=owner_ids_from(document["owner_ids"]),
        description=description_from(document["description"]),
        file=file_from(document["file"]),
        state=AssetState(document["state"]),
        create_time=stored_time(document["create_time"]),
        update_time=stored_time(document["update_time"]),
        etag=f"v{version}",
        delete_time=time_from(document["delete_time"]),
        purge_time=time_from(document["purge_time"]),
    )


def download_view(document: AssetDocument) -> DownloadView:
    """What a download needs."""
    content = document["content"]
    return DownloadView(file=file_from(document["file"]), content=None if content is None else content_from(content))


def upload_view(document: AssetDocument, persisted_size: int, expire_time: datetime | None) -> UploadView:
    """How far the upload of this asset has come. Of one that has brought nothing, nothing can expire."""
    complete, size = document["state"] == AssetState.READY, document["file"]["size_bytes"]
    return UploadView(
        persisted_size=size if complete else persisted_size,
        complete=complete,
        expire_time=expire_time if persisted_size and not complete else None,
        declared_size=size,
        owner_ids=owner_ids_from(document["owner_ids"]),
    )
