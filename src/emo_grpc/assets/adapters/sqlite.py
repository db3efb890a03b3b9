"""The unit of work of this context on SQLite."""

from emo_grpc.assets.adapters.sqlite_assets import SqliteAssetRepository
from emo_grpc.assets.adapters.sqlite_schema import SCHEMA
from emo_grpc.assets.adapters.sqlite_uploads import SqliteUploadRepository
from emo_grpc.shared.adapters.sqlite import SqliteTransaction
from emo_grpc.shared.adapters.sqlite_unit_of_work import Saw, SqliteUnitOfWork

__all__ = ["SCHEMA", "SqliteAssetsUnitOfWork"]


class SqliteAssetsUnitOfWork(SqliteUnitOfWork):
    """Assets and their uploads in one transaction."""

    @property
    def assets(self) -> SqliteAssetRepository:
        """The assets."""
        return self._assets

    @property
    def uploads(self) -> SqliteUploadRepository:
        """The uploads."""
        return self._uploads

    def _open_repositories(self, transaction: SqliteTransaction, saw: Saw) -> None:
        self._assets = SqliteAssetRepository(transaction, saw)
        self._uploads = SqliteUploadRepository(transaction, saw)
