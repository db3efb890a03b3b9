"""Accounts and sessions on MongoDB."""

from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Saw
from emo_grpc.users.adapters.documents.codec import UserUpcasters
from emo_grpc.users.adapters.mongo.sessions import MongoSessionRepository
from emo_grpc.users.adapters.mongo.users import MongoUserRepository


class MongoUsersUnitOfWork(MongoUnitOfWork[UserUpcasters]):
    """Accounts and sessions in one transaction."""

    def _open_repositories(self, transaction: MongoTransaction, saw: Saw) -> None:
        self.users = MongoUserRepository(transaction, saw, self._upcasters.users)
        self.sessions = MongoSessionRepository(transaction, saw, self._upcasters.sessions)
