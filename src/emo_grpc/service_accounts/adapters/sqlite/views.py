"""What is read outside of units of work, on SQLite's readers."""

import sqlite3
from typing import Final

from emo_grpc.service_accounts.adapters.sqlite.service_accounts import SERVICE_ACCOUNTS
from emo_grpc.service_accounts.domain.service_account import ServiceAccount
from emo_grpc.service_accounts.service_layer.views import ServiceAccountView, service_account_view
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.document_table import count_outdated
from emo_grpc.shared.adapters.sqlite.pages import latest, latest_sql
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

BY_NAME: Final = SERVICE_ACCOUNTS.select("name = ?")
PAGE: Final = latest_sql(SERVICE_ACCOUNTS)


class SqliteServiceAccountViews:
    """Each call is one statement on a snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def service_account(self, service_account_id: ActorId) -> ServiceAccountView:
        """One."""
        return _view(await self.with_keys(service_account_id))

    async def with_keys(self, service_account_id: ActorId) -> ServiceAccount | None:
        """One with its keys, or None."""
        return await self._one(SERVICE_ACCOUNTS.by_id, str(service_account_id))

    async def by_name(self, name: str) -> ServiceAccountView:
        """One."""
        return _view(await self._one(BY_NAME, name))

    async def service_accounts(self, *, limit: int, after: Cursor | None = None) -> Page[ServiceAccountView]:
        """All of them."""
        return await latest(self._database, SERVICE_ACCOUNTS, service_account_view, PAGE, limit=limit, after=after)

    async def outdated(self) -> int:
        """The length of an index."""
        return await count_outdated(self._database, SERVICE_ACCOUNTS)

    async def _one(self, query: str, key: str) -> ServiceAccount | None:
        table = SERVICE_ACCOUNTS

        def read(connection: sqlite3.Connection) -> ServiceAccount | None:
            row = connection.execute(query, (key,)).fetchone()
            return table.kind.whole(table.read(connection, row, damage=UNREADABLE)) if row else None

        return await self._database.look_up(read)


def _view(found: ServiceAccount | None) -> ServiceAccountView:
    return service_account_view(SERVICE_ACCOUNTS.kind.whole(found))
