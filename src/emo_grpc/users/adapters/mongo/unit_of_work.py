"""The unit of work of this context on MongoDB."""

from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.adapters.mongo.collections import SESSIONS, USERS
from emo_grpc.users.adapters.mongo.identities import MongoIdentityRepository
from emo_grpc.users.adapters.mongo.sessions import MongoSessionRepository
from emo_grpc.users.adapters.mongo.users import MongoUserRepository


class MongoUsersUnitOfWork(MongoUnitOfWork[UserUpcasters]):
    """Accounts and sessions in one transaction."""

    def _open_repositories(self, transaction: MongoTransaction, track: Track) -> None:
        self.users = MongoUserRepository(USERS, transaction, track, self._upcasters.users)
        self.identities = MongoIdentityRepository(transaction)
        self.sessions = MongoSessionRepository(SESSIONS, transaction, track, self._upcasters.sessions)
