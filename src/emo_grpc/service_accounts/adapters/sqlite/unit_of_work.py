"""The unit of work of this context on SQLite."""

from emo_grpc.service_accounts.adapters.sqlite.service_accounts import (
    SERVICE_ACCOUNTS,
    SqliteServiceAccountRepository,
)
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.unit_of_work import SqliteUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track


class SqliteServiceAccountsUnitOfWork(SqliteUnitOfWork[Upcasters]):
    """Service accounts with their keys."""

    def _open_repositories(self, transaction: SqliteTransaction, track: Track) -> None:
        self.service_accounts = SqliteServiceAccountRepository(SERVICE_ACCOUNTS, transaction, track, self._upcasters)
