"""The unit of work of this context on SQLite."""

from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.unit_of_work import SqliteUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.adapters.sqlite.identities import SqliteIdentityRepository
from emo_grpc.users.adapters.sqlite.sessions import SqliteSessionRepository
from emo_grpc.users.adapters.sqlite.tables import SESSIONS, USERS
from emo_grpc.users.adapters.sqlite.users import SqliteUserRepository


class SqliteUsersUnitOfWork(SqliteUnitOfWork[UserUpcasters]):
    """Accounts and sessions in one transaction."""

    def _open_repositories(self, transaction: SqliteTransaction, track: Track) -> None:
        self.users = SqliteUserRepository(USERS, transaction, track, self._upcasters.users)
        self.identities = SqliteIdentityRepository(transaction)
        self.sessions = SqliteSessionRepository(SESSIONS, transaction, track, self._upcasters.sessions)
