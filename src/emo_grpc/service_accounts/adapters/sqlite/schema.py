"""The table of this context on SQLite: JSON documents beside the columns that queries need."""

from typing import Final

from emo_grpc.service_accounts.adapters.documents.service_account import SERVICE_ACCOUNT_VERSION
from emo_grpc.shared.adapters.schema_versions import outdated_index

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS service_accounts (
    service_account_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    create_time TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS service_accounts_by_name ON service_accounts (name);
CREATE INDEX IF NOT EXISTS service_accounts_by_create_time ON service_accounts (create_time, service_account_id);
"""

SCHEMA: Final = _TABLE + outdated_index("service_accounts", "service_account_id", SERVICE_ACCOUNT_VERSION)
