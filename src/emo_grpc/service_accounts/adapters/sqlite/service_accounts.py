"""The repository of service accounts on SQLite."""

import json
import sqlite3
from typing import Final

from emo_grpc.service_accounts.adapters.documents.service_account import (
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_VERSION,
    service_account_to_document,
)
from emo_grpc.service_accounts.domain.errors import ServiceAccountNameTaken
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.shared.adapters.document_repository import require_one
from emo_grpc.shared.adapters.sqlite.document_repository import SqliteDocumentRepository
from emo_grpc.shared.adapters.sqlite.document_table import DocumentTable, Row
from emo_grpc.shared.adapters.sqlite.statements import Value
from emo_grpc.shared.domain.ids import ActorId

TAKEN: Final = "SELECT 1 FROM service_accounts WHERE name = :name AND service_account_id <> :service_account_id"
INSERT: Final = """
INSERT INTO service_accounts (service_account_id, name, create_time, version, schema_version, document)
VALUES (:service_account_id, :name, :create_time, :version + 1, :schema_version, :document)
"""
UPDATE: Final = """
UPDATE service_accounts SET name = :name, version = version + 1, schema_version = :schema_version, document = :document
WHERE service_account_id = :service_account_id AND version = :version
"""


def _damaged(_connection: sqlite3.Connection, row: Row) -> DamagedServiceAccount:
    service_account_id, version, _, _ = row
    return DamagedServiceAccount(version=version, service_account_id=SERVICE_ACCOUNT.id_from(service_account_id))


SERVICE_ACCOUNTS: Final[DocumentTable[ActorId, ServiceAccount, DamagedServiceAccount]] = DocumentTable(
    SERVICE_ACCOUNT, str, "NULL", _damaged
)


class SqliteServiceAccountRepository(SqliteDocumentRepository[ActorId, ServiceAccount, DamagedServiceAccount]):
    """Looks the name up before it writes, to say that it is taken."""

    async def remove(self, account: ServiceAccount | DamagedServiceAccount) -> None:
        """Drop it."""
        await self._delete(account)

    def _insert_row(self, connection: sqlite3.Connection, aggregate: ServiceAccount) -> None:
        _write(connection, INSERT, aggregate)

    def _update_row(self, connection: sqlite3.Connection, aggregate: ServiceAccount) -> None:
        _write(connection, UPDATE, aggregate)


def _write(connection: sqlite3.Connection, statement: str, account: ServiceAccount) -> None:
    values = _values(account)
    if connection.execute(TAKEN, values).fetchone():
        raise ServiceAccountNameTaken
    require_one(connection.execute(statement, values).rowcount)


def _values(account: ServiceAccount) -> dict[str, Value]:
    document = service_account_to_document(account)
    return {
        "service_account_id": document["service_account_id"],
        "name": account.name,
        "create_time": document["create_time"],
        "version": account.version,
        "schema_version": SERVICE_ACCOUNT_VERSION,
        "document": json.dumps(document),
    }
