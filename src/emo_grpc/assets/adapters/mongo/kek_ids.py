"""The key-encryption keys in use, on MongoDB."""

from emo_grpc.assets.adapters.mongo.schema import ASSETS, UPLOADS
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.errors import translated


async def used_kek_ids(database: MongoDatabase) -> frozenset[str]:
    """The ids of all keys that a file, complete or not, has its data key wrapped with.

    One step in the index for each different key, however many files there are.
    """
    with translated():
        return frozenset(
            [
                kek_id
                for name in (ASSETS, UPLOADS)
                for kek_id in await database.collection(name).distinct("kek_id", {"kek_id": {"$gt": ""}})
            ]
        )
