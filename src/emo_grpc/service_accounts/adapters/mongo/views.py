"""What is read outside of units of work, on MongoDB."""

from emo_grpc.service_accounts.adapters.mongo.schema import BY_TIME
from emo_grpc.service_accounts.adapters.mongo.service_accounts import SERVICE_ACCOUNTS
from emo_grpc.service_accounts.domain.service_account import ServiceAccount
from emo_grpc.service_accounts.service_layer.views import ServiceAccountView, service_account_view
from emo_grpc.shared.adapters.mongo.batched_reads import MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.document_collection import count_outdated
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.pages import latest
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page


class MongoServiceAccountViews:
    """Each call is one command, and reads what a majority has; those by id at one moment share a command."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._by_id = MongoBatchedReads(database, SERVICE_ACCOUNTS.kind.name)

    async def service_account(self, service_account_id: ActorId) -> ServiceAccountView:
        """One."""
        return _view(await self.with_keys(service_account_id))

    async def with_keys(self, service_account_id: ActorId) -> ServiceAccount | None:
        """One with its keys, or None."""
        return _read(await self._by_id.get(str(service_account_id)))

    async def by_name(self, name: str) -> ServiceAccountView:
        """One."""
        with translated():
            record = await self._database.collection(SERVICE_ACCOUNTS.kind.name).find_one({"name": name})
        return _view(_read(record))

    async def service_accounts(self, *, limit: int, after: Cursor | None = None) -> Page[ServiceAccountView]:
        """All of them."""
        return await latest(
            self._database, SERVICE_ACCOUNTS, service_account_view, limit=limit, after=after, index=BY_TIME
        )

    async def outdated(self) -> int:
        """The length of some ranges of an index."""
        return await count_outdated(self._database, SERVICE_ACCOUNTS)


def _read(record: Document | None) -> ServiceAccount | None:
    if record is None:
        return None
    return SERVICE_ACCOUNTS.kind.whole(SERVICE_ACCOUNTS.read(record, damage=UNREADABLE))


def _view(found: ServiceAccount | None) -> ServiceAccountView:
    return service_account_view(SERVICE_ACCOUNTS.kind.whole(found))
