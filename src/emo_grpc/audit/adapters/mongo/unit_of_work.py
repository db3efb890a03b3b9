"""The unit of work of this context on MongoDB."""

from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track


class MongoAuditUnitOfWork(MongoUnitOfWork[None]):
    """The trail alone."""

    def _open_repositories(self, transaction: MongoTransaction, track: Track) -> None:
        """There are none."""
