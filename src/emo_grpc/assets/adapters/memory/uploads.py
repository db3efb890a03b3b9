"""The repository of uploads in memory."""

from datetime import datetime
from itertools import islice

from emo_grpc.assets.adapters.documents.upload import upload_to_document
from emo_grpc.assets.adapters.memory.tables import UPLOADS, StoredUpload
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import UploadNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange


class MemoryUploadRepository:
    """Documents in a dict, with their receipts; every question but `get` looks at all of them."""

    def __init__(self, database: MemoryDatabase, track: Track) -> None:
        self._rows: dict[AssetId, StoredUpload] = database.table(UPLOADS)
        self._track = track

    async def get(self, asset_id: AssetId) -> Upload:
        """The upload, with no new receipts; raises UploadNotFound."""
        if (stored := self._rows.get(asset_id)) is None:
            raise UploadNotFound
        return stored.upload()

    async def find(self, asset_id: AssetId) -> Upload | DamagedUpload | None:
        """The upload, or None: memory holds nothing damaged."""
        stored = self._rows.get(asset_id)
        return None if stored is None else stored.upload()

    async def save(self, upload: Upload) -> None:
        """Store its changes, adding its new receipts."""
        self._check_version(upload)
        self._store(upload, (*await self.receipts(upload.asset_id), *upload.new_receipts))

    async def add(self, upload: Upload) -> None:
        """Store one that is not there."""
        if upload.asset_id in self._rows:
            raise ConcurrentChange("the upload was begun at the same moment")
        self._store(upload, tuple(upload.new_receipts))

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it."""
        self._check_version(upload)
        del self._rows[upload.asset_id]
        self._track(upload)

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""
        stored = self._rows.get(asset_id)
        return [] if stored is None else list(stored.receipts)

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Those that expired first."""
        over = [upload for upload in self._all() if upload.expire_time <= now]
        return [*sorted(over, key=lambda upload: upload.expire_time)[:limit]]

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads with another key-encryption key."""
        return list[Upload | DamagedUpload](
            islice((upload for upload in self._all() if upload.wrapped_key.kek_id != kek_id), limit)
        )

    async def outdated(self, _limit: int) -> list[Upload | DamagedUpload]:
        """None: memory holds nothing of another release."""
        return []

    def _all(self) -> list[Upload]:
        return [stored.upload() for stored in self._rows.values()]

    def _store(self, upload: Upload, receipts: tuple[str, ...]) -> None:
        upload.version += 1
        upload.new_receipts.clear()
        self._rows[upload.asset_id] = StoredUpload(upload.version, upload_to_document(upload), receipts)
        self._track(upload)

    def _check_version(self, upload: Upload | DamagedUpload) -> None:
        stored = self._rows.get(upload.asset_id)
        if stored is None or stored.version != upload.version:
            raise ConcurrentChange("the upload was changed at the same moment")
