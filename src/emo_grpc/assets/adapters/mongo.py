"""The unit of work of this context on MongoDB."""

from emo_grpc.assets.adapters.documents import UPCASTERS, AssetUpcasters
from emo_grpc.assets.adapters.mongo_assets import MongoAssetRepository
from emo_grpc.assets.adapters.mongo_schema import INDEXES
from emo_grpc.assets.adapters.mongo_uploads import MongoUploadRepository
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo import MongoDatabase
from emo_grpc.shared.adapters.mongo_transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo_unit_of_work import MongoUnitOfWork, Saw
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Subscriptions

__all__ = ["INDEXES", "MongoAssetsUnitOfWork"]


class MongoAssetsUnitOfWork(MongoUnitOfWork):
    """Assets and their uploads in one transaction; documents of earlier releases are read by `upcasters`."""

    def __init__(
        self,
        database: MongoDatabase,
        codec: EventCodec,
        subscriptions: Subscriptions,
        clock: Clock,
        upcasters: AssetUpcasters = UPCASTERS,
    ) -> None:
        super().__init__(database, codec, subscriptions, clock)
        self._upcasters = upcasters

    @property
    def assets(self) -> MongoAssetRepository:
        """The assets."""
        return self._assets

    @property
    def uploads(self) -> MongoUploadRepository:
        """The uploads."""
        return self._uploads

    def _open_repositories(self, transaction: MongoTransaction, saw: Saw) -> None:
        self._assets = MongoAssetRepository(transaction, saw, self._upcasters.assets)
        self._uploads = MongoUploadRepository(transaction, saw, self._upcasters.uploads)
