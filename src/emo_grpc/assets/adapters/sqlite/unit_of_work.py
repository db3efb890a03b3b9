"""The unit of work of this context on SQLite."""

from emo_grpc.assets.adapters.documents.upcasters import AssetUpcasters
from emo_grpc.assets.adapters.sqlite.assets import SqliteAssetRepository
from emo_grpc.assets.adapters.sqlite.tables import ASSETS, UPLOADS
from emo_grpc.assets.adapters.sqlite.uploads import SqliteUploadRepository
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.unit_of_work import SqliteUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track


class SqliteAssetsUnitOfWork(SqliteUnitOfWork[AssetUpcasters]):
    """Assets and their uploads in one transaction."""

    def _open_repositories(self, transaction: SqliteTransaction, track: Track) -> None:
        self.assets = SqliteAssetRepository(ASSETS, transaction, track, self._upcasters.assets)
        self.uploads = SqliteUploadRepository(UPLOADS, transaction, track, self._upcasters.uploads)
