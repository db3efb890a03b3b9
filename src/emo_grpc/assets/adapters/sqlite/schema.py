"""The tables of this context on SQLite.

Ids are the 16 bytes of the UUID, times are microseconds since 1970 (UTC), sizes are plaintext bytes.

`asset_owners` has one row for each owner of an asset and one for ALL_OWNERS, so the lists of one user and those over
all users are the same queries. It carries the sort keys: every order is one range of one index.

An asset in the trash has these rows under other owner_ids, and a row in `asset_trash`. So it costs no other list
anything, and is counted apart.
`event_day` is what the clocks at the event showed, `event_offset` how far these were ahead of UTC, in microseconds.

Triggers keep the counters, so nothing that changes rows can forget them. `declared_bytes` is NULL once the file is
complete; until then `reserved_bytes` follows the upload. `asset_metadata` has a row for each owner of an asset that was
saved since metadata are counted, and none for ALL_OWNERS. `removed_owners` has the ids of users who are being removed,
and digests of those who were, so that a call that outlives its account adds nothing; on MongoDB that is among the
documents of the counters.
"""

from typing import Final

from emo_grpc.assets.adapters.documents.upcasters import ASSET_VERSION, UPLOAD_VERSION
from emo_grpc.assets.adapters.sqlite.facets import FACETS
from emo_grpc.assets.adapters.sqlite.folder_counters import ADDED as FOLDERS_ADDED
from emo_grpc.assets.adapters.sqlite.folder_counters import FOLDER_MOVES, FOLDERS
from emo_grpc.assets.adapters.sqlite.labels import LABELS
from emo_grpc.assets.adapters.sqlite.metadata_counters import METADATA
from emo_grpc.assets.adapters.sqlite.trash import TRASH_TABLE
from emo_grpc.assets.adapters.sqlite.words import WORDS
from emo_grpc.shared.adapters.schema_versions import outdated_index
from emo_grpc.shared.adapters.sqlite.added_columns import AddedColumn

ALL_OWNERS: Final = b""
"""The owner_id of the rows that lists over all users go through; no user's id is empty."""

_ASSETS: Final = """
CREATE TABLE IF NOT EXISTS assets (
    asset_id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    blob_key BLOB,
    kek_id TEXT,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS assets_by_blob_key ON assets (blob_key) WHERE blob_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS assets_by_kek_id ON assets (kek_id) WHERE kek_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS asset_owners (
    asset_id BLOB NOT NULL REFERENCES assets ON DELETE CASCADE,
    owner_id BLOB NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    event_date INTEGER NOT NULL,
    title TEXT NOT NULL,
    extra_private INTEGER NOT NULL,
    kind TEXT NOT NULL,
    declared_bytes INTEGER,
    complete_bytes INTEGER NOT NULL,
    reserved_bytes INTEGER NOT NULL,
    folder TEXT,
    event_offset INTEGER NOT NULL DEFAULT 0,
    event_day INTEGER AS (event_date + event_offset),
    size INTEGER AS (coalesce(declared_bytes, complete_bytes)),
    PRIMARY KEY (asset_id, owner_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_owners_by_create_time ON asset_owners (owner_id, create_time, asset_id);
CREATE INDEX IF NOT EXISTS asset_owners_by_update_time ON asset_owners (owner_id, update_time, asset_id);
CREATE INDEX IF NOT EXISTS asset_owners_by_event_date ON asset_owners (owner_id, event_date, asset_id);
CREATE INDEX IF NOT EXISTS asset_owners_by_title ON asset_owners (owner_id, title, asset_id);
CREATE INDEX IF NOT EXISTS asset_owners_by_size ON asset_owners (owner_id, size, asset_id);
"""

ADDED: Final = (
    *FOLDERS_ADDED,
    AddedColumn("asset_owners", "event_offset", "INTEGER NOT NULL DEFAULT 0"),
    AddedColumn("asset_owners", "event_day", "INTEGER AS (event_date + event_offset)"),
    AddedColumn("asset_owners", "size", "INTEGER AS (coalesce(declared_bytes, complete_bytes))"),
)
"""Earlier releases had no zone of an event; so their rows are right as they are."""

_INSTALLATION: Final = """
CREATE TABLE IF NOT EXISTS installation (id BLOB NOT NULL) STRICT;
INSERT INTO installation SELECT randomblob(16) WHERE NOT EXISTS (SELECT 1 FROM installation);
"""

_ADD_TO_USAGE: Final = """
    INSERT INTO asset_usage (owner_id, kind, asset_count, complete_bytes, reserved_bytes)
        VALUES (NEW.owner_id, NEW.kind, 1, NEW.complete_bytes, NEW.reserved_bytes)
        ON CONFLICT DO UPDATE SET
            asset_count = asset_count + 1,
            complete_bytes = complete_bytes + excluded.complete_bytes,
            reserved_bytes = reserved_bytes + excluded.reserved_bytes;
"""
_TAKE_FROM_USAGE: Final = """
    UPDATE asset_usage SET
        asset_count = asset_count - 1,
        complete_bytes = complete_bytes - OLD.complete_bytes,
        reserved_bytes = reserved_bytes - OLD.reserved_bytes
        WHERE owner_id = OLD.owner_id AND kind = OLD.kind;
    DELETE FROM asset_usage WHERE owner_id = OLD.owner_id AND kind = OLD.kind AND asset_count = 0;
"""
_USAGE: Final = f"""
CREATE TABLE IF NOT EXISTS asset_usage (
    owner_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    asset_count INTEGER NOT NULL,
    complete_bytes INTEGER NOT NULL,
    reserved_bytes INTEGER NOT NULL,
    PRIMARY KEY (owner_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS asset_owner_added AFTER INSERT ON asset_owners BEGIN {_ADD_TO_USAGE} END;
CREATE TRIGGER IF NOT EXISTS asset_owner_removed AFTER DELETE ON asset_owners BEGIN {_TAKE_FROM_USAGE} END;
CREATE TRIGGER IF NOT EXISTS asset_owner_changed AFTER UPDATE OF kind, complete_bytes, reserved_bytes ON asset_owners
BEGIN {_TAKE_FROM_USAGE} {_ADD_TO_USAGE} END;
"""

_REMOVED_OWNERS: Final = """
CREATE TABLE IF NOT EXISTS removed_owners (owner_id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
"""

_FOLLOW_UPLOAD: Final = """
    UPDATE asset_owners SET reserved_bytes = max(declared_bytes, {persisted})
        WHERE asset_id = {row}.asset_id AND reserved_bytes <> max(declared_bytes, {persisted});
"""
_UPLOADS: Final = f"""
CREATE TABLE IF NOT EXISTS uploads (
    asset_id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    persisted_size INTEGER NOT NULL,
    expire_time INTEGER NOT NULL,
    blob_key BLOB NOT NULL,
    kek_id TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS uploads_by_expire_time ON uploads (expire_time);
CREATE INDEX IF NOT EXISTS uploads_by_blob_key ON uploads (blob_key);
CREATE INDEX IF NOT EXISTS uploads_by_kek_id ON uploads (kek_id);

CREATE TRIGGER IF NOT EXISTS upload_added AFTER INSERT ON uploads
BEGIN {_FOLLOW_UPLOAD.format(row="NEW", persisted="NEW.persisted_size")} END;
CREATE TRIGGER IF NOT EXISTS upload_changed AFTER UPDATE OF persisted_size ON uploads
BEGIN {_FOLLOW_UPLOAD.format(row="NEW", persisted="NEW.persisted_size")} END;
CREATE TRIGGER IF NOT EXISTS upload_removed AFTER DELETE ON uploads
BEGIN {_FOLLOW_UPLOAD.format(row="OLD", persisted="0")} END;

CREATE TABLE IF NOT EXISTS upload_receipts (
    asset_id BLOB NOT NULL REFERENCES uploads ON DELETE CASCADE,
    number INTEGER NOT NULL,
    token TEXT NOT NULL,
    PRIMARY KEY (asset_id, number)
) STRICT, WITHOUT ROWID;
"""

_OUTDATED: Final = outdated_index("assets", "asset_id", ASSET_VERSION) + outdated_index(
    "uploads", "asset_id", UPLOAD_VERSION
)

SCHEMA: Final = (
    _ASSETS
    + TRASH_TABLE
    + FACETS
    + WORDS
    + LABELS
    + _USAGE
    + METADATA
    + FOLDERS
    + FOLDER_MOVES
    + _REMOVED_OWNERS
    + _UPLOADS
    + _OUTDATED
    + _INSTALLATION
)
