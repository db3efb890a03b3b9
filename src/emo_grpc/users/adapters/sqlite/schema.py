"""The tables of this context on SQLite: JSON documents beside the columns that queries need."""

from typing import Final

from emo_grpc.shared.adapters.schema_versions import outdated_index
from emo_grpc.users.adapters.documents.upcasters import SESSION_VERSION, USER_VERSION

ACTOR: Final = "CASE WHEN json_valid(document) THEN json_extract(document, '$.actor.actor_id') END"
"""The service that acts in a session; NULL in a login. No column, for tables of earlier releases have none."""
CHANGES_END_TIME: Final = "CASE WHEN json_valid(document) THEN json_extract(document, '$.changes_end_time') END"
"""When a change of address of an account is over; NULL where there is none."""

_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    email_key TEXT NOT NULL,
    state TEXT NOT NULL,
    is_admin INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS users_by_username ON users (username);
CREATE UNIQUE INDEX IF NOT EXISTS users_by_email ON users (email_key);
CREATE INDEX IF NOT EXISTS users_by_create_time ON users (create_time, user_id);
CREATE INDEX IF NOT EXISTS pending_users ON users (create_time) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS users_by_changes_end ON users ({CHANGES_END_TIME}) WHERE {CHANGES_END_TIME} IS NOT NULL;
CREATE INDEX IF NOT EXISTS active_admins ON users (user_id) WHERE is_admin = 1 AND state = 'active';
CREATE TABLE IF NOT EXISTS identities (
    issuer TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    link_time TEXT NOT NULL,
    PRIMARY KEY (issuer, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identities_by_user ON identities (user_id);
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    create_time TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id, create_time, session_id);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expire_time);
CREATE UNIQUE INDEX IF NOT EXISTS sessions_by_actor ON sessions ({ACTOR}, user_id) WHERE {ACTOR} IS NOT NULL;
CREATE TABLE IF NOT EXISTS login_failures (
    digest TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    window_start TEXT NOT NULL,
    blocked_until TEXT,
    forget_time TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS login_failures_by_age ON login_failures (forget_time);
CREATE TABLE IF NOT EXISTS familiar_peers (
    digest TEXT PRIMARY KEY,
    forget_time TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS familiar_peers_by_age ON familiar_peers (forget_time);
"""

SCHEMA: Final = (
    _TABLES
    + outdated_index("users", "user_id", USER_VERSION)
    + outdated_index("sessions", "session_id", SESSION_VERSION)
)
