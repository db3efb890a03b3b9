"""The unit of work of this context on MongoDB."""

from emo_grpc.assets.adapters.documents.upcasters import AssetUpcasters
from emo_grpc.assets.adapters.mongo.assets import MongoAssetRepository
from emo_grpc.assets.adapters.mongo.collections import ASSETS, UPLOADS
from emo_grpc.assets.adapters.mongo.uploads import MongoUploadRepository
from emo_grpc.assets.adapters.mongo.usage_counters import MongoUsageCounters
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track


class MongoAssetsUnitOfWork(MongoUnitOfWork[AssetUpcasters]):
    """Assets and their uploads in one transaction."""

    def _open_repositories(self, transaction: MongoTransaction, track: Track) -> None:
        self._counters = MongoUsageCounters(transaction)
        self.assets = MongoAssetRepository(ASSETS, transaction, track, self._upcasters.assets, self._counters)
        self.uploads = MongoUploadRepository(UPLOADS, transaction, track, self._upcasters.uploads, self._counters)

    async def commit(self) -> None:
        """Write the counters first, which follow the assets."""
        await self._counters.write()
        await super().commit()
