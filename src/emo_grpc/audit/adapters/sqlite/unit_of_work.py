"""The unit of work of this context on SQLite."""

from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.unit_of_work import SqliteUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track


class SqliteAuditUnitOfWork(SqliteUnitOfWork[None]):
    """The trail alone."""

    def _open_repositories(self, transaction: SqliteTransaction, track: Track) -> None:
        """There are none."""
