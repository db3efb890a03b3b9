"""The unit of work of this context on MongoDB."""

from emo_grpc.service_accounts.adapters.mongo.service_accounts import SERVICE_ACCOUNTS, MongoServiceAccountRepository
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track


class MongoServiceAccountsUnitOfWork(MongoUnitOfWork[Upcasters]):
    """Service accounts with their keys."""

    def _open_repositories(self, transaction: MongoTransaction, track: Track) -> None:
        self.service_accounts = MongoServiceAccountRepository(SERVICE_ACCOUNTS, transaction, track, self._upcasters)
