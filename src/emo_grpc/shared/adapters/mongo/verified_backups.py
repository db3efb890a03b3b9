"""The latest verified backup, on MongoDB."""

from contextlib import suppress
from typing import Final

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.times import microseconds, readable_time
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackup

VERIFIED_BACKUPS: Final = "verified_backups"
LATEST: Final = "latest"
INDEXES: Final[dict[str, list[IndexModel]]] = {VERIFIED_BACKUPS: []}


class MongoVerifiedBackups:
    """A collection of one document."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def note(self, backup: VerifiedBackup) -> None:
        """Remember it, unless a later one is known."""
        made = microseconds(backup.create_time)
        noted: Document = {
            "backup_id": backup.backup_id,
            "create_time": made,
            "verify_time": microseconds(backup.verify_time),
        }
        with suppress(DuplicateKeyError), translated():  # it finds none that is older, though there is one
            await self._database.collection(VERIFIED_BACKUPS).update_one(
                {"_id": LATEST, "create_time": {"$lte": made}}, {"$set": noted}, upsert=True
            )

    async def latest(self) -> VerifiedBackup | None:
        """The document."""
        with translated():
            found = await self._database.collection(VERIFIED_BACKUPS).find_one({"_id": LATEST})
        if found is None:
            return None
        times = readable_time(found["create_time"]), readable_time(found["verify_time"])
        return VerifiedBackup(found["backup_id"], *times)
