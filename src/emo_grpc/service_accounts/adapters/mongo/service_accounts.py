"""The repository of service accounts on MongoDB."""

from typing import Final

from emo_grpc.service_accounts.adapters.documents.service_account import SERVICE_ACCOUNT, service_account_to_document
from emo_grpc.service_accounts.domain.errors import ServiceAccountNameTaken
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import ActorId


def _damaged(record: Document, version: int) -> DamagedServiceAccount:
    return DamagedServiceAccount(version=version, service_account_id=SERVICE_ACCOUNT.id_from(record["_id"]))


SERVICE_ACCOUNTS: Final[DocumentCollection[ActorId, ServiceAccount, DamagedServiceAccount]] = DocumentCollection(
    SERVICE_ACCOUNT, str, None, _damaged
)


class MongoServiceAccountRepository(MongoDocumentRepository[ActorId, ServiceAccount, DamagedServiceAccount]):
    """Looks the name up before it writes, for a unique index that refuses it ends the whole transaction."""

    async def remove(self, account: ServiceAccount | DamagedServiceAccount) -> None:
        """Drop it."""
        await self._delete(account)

    async def _insert(self, aggregate: ServiceAccount) -> None:
        await self._check_free(aggregate)
        await self._add_record(_record(aggregate))

    async def _update(self, aggregate: ServiceAccount) -> None:
        await self._check_free(aggregate)
        await self._replace_record(aggregate, _record(aggregate))

    async def _check_free(self, account: ServiceAccount) -> None:
        taken = {"name": account.name, "_id": {"$ne": str(account.service_account_id)}}
        with translated():
            other = await self._records.find_one(taken, {"_id": True}, session=self._transaction.session)
        if other is not None:
            raise ServiceAccountNameTaken


def _record(account: ServiceAccount) -> Document:
    document = service_account_to_document(account)
    return {
        "_id": document["service_account_id"],
        "name": account.name,
        "create_time": document["create_time"],
        "version": account.version + 1,
        "document": document,
    }
