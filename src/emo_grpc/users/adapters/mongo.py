"""Accounts and sessions on MongoDB."""

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo import MongoDatabase
from emo_grpc.shared.adapters.mongo_transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo_unit_of_work import MongoUnitOfWork, Saw
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Subscriptions
from emo_grpc.users.adapters.documents import UPCASTERS, UserUpcasters
from emo_grpc.users.adapters.mongo_sessions import MongoSessionRepository
from emo_grpc.users.adapters.mongo_users import MongoUserRepository


class MongoUsersUnitOfWork(MongoUnitOfWork):
    """The shared unit with this context's repositories, which read old documents by `upcasters`."""

    def __init__(
        self,
        database: MongoDatabase,
        codec: EventCodec,
        subscriptions: Subscriptions,
        clock: Clock,
        upcasters: UserUpcasters = UPCASTERS,
    ) -> None:
        super().__init__(database, codec, subscriptions, clock)
        self._upcasters = upcasters

    def _open_repositories(self, transaction: MongoTransaction, saw: Saw) -> None:
        self._users = MongoUserRepository(transaction, saw, self._upcasters.users)
        self._sessions = MongoSessionRepository(transaction, saw, self._upcasters.sessions)

    @property
    def users(self) -> MongoUserRepository:
        """The accounts."""
        return self._users

    @property
    def sessions(self) -> MongoSessionRepository:
        """The logins."""
        return self._sessions
