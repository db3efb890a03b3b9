"""The unit of work of this context on SQLite."""

from emo_grpc.assets.adapters.documents import UPCASTERS, AssetUpcasters
from emo_grpc.assets.adapters.sqlite_assets import SqliteAssetRepository
from emo_grpc.assets.adapters.sqlite_schema import SCHEMA
from emo_grpc.assets.adapters.sqlite_uploads import SqliteUploadRepository
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite import SqliteDatabase, SqliteTransaction
from emo_grpc.shared.adapters.sqlite_unit_of_work import Saw, SqliteUnitOfWork
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Subscriptions

__all__ = ["SCHEMA", "SqliteAssetsUnitOfWork"]


class SqliteAssetsUnitOfWork(SqliteUnitOfWork):
    """Assets and their uploads in one transaction; documents of earlier releases are read by `upcasters`."""

    def __init__(
        self,
        database: SqliteDatabase,
        codec: EventCodec,
        subscriptions: Subscriptions,
        clock: Clock,
        upcasters: AssetUpcasters = UPCASTERS,
    ) -> None:
        super().__init__(database, codec, subscriptions, clock)
        self._upcasters = upcasters

    @property
    def assets(self) -> SqliteAssetRepository:
        """The assets."""
        return self._assets

    @property
    def uploads(self) -> SqliteUploadRepository:
        """The uploads."""
        return self._uploads

    def _open_repositories(self, transaction: SqliteTransaction, saw: Saw) -> None:
        self._assets = SqliteAssetRepository(transaction, saw, self._upcasters.assets)
        self._uploads = SqliteUploadRepository(transaction, saw, self._upcasters.uploads)
