"""What each folder of an owner counts, on SQLite.

`folder_usage` has a row for each folder that an asset of the owner is in, or below, and so one for the top. There are
none of ALL_OWNERS: nobody lists the folders of everybody. `folder` of `asset_owners` is NULL of an asset that another
release has stored, which is not counted until it is saved again.
"""

from typing import Final

from emo_grpc.shared.adapters.sqlite.added_columns import AddedColumn

ADDED: Final = (AddedColumn("asset_owners", "folder", "TEXT"),)


def _parent(folder: str) -> str:
    """SQL for what is left of a path without its last name: first all behind the last /, then that one goes."""
    return f"rtrim(rtrim({folder}, replace({folder}, '/', '')), '/')"


def _up(row: str) -> str:
    return f"""
    WITH RECURSIVE up (folder, parent) AS (
        SELECT {row}.folder, {_parent(f"{row}.folder")}
        UNION ALL SELECT parent, {_parent("parent")} FROM up WHERE folder <> ''
    )"""  # noqa: S608 - our own SQL


def _count(row: str, sign: str) -> str:
    return f"""
    INSERT INTO folder_usage (owner_id, parent, folder, asset_count, complete_bytes, own_count, own_bytes)
        {_up(row)}
        SELECT {row}.owner_id, parent, folder, {sign}1, {sign}{row}.complete_bytes,
            {sign}(folder = {row}.folder), {sign}(folder = {row}.folder) * {row}.complete_bytes
        FROM up WHERE true
        ON CONFLICT DO UPDATE SET
            asset_count = asset_count + excluded.asset_count,
            complete_bytes = complete_bytes + excluded.complete_bytes,
            own_count = own_count + excluded.own_count,
            own_bytes = own_bytes + excluded.own_bytes;
    """  # noqa: S608 - as above


_ADD: Final = _count("NEW", "")
_TAKE: Final = f"""
    {_count("OLD", "-")}
    DELETE FROM folder_usage WHERE asset_count = 0 AND owner_id = OLD.owner_id
        AND (parent, folder) IN ({_up("OLD")} SELECT parent, folder FROM up);
"""  # noqa: S608 - as above
_NEW_COUNTS: Final = "WHEN NEW.folder IS NOT NULL AND NEW.owner_id <> x''"
_OLD_COUNTS: Final = "WHEN OLD.folder IS NOT NULL AND OLD.owner_id <> x''"

FOLDERS: Final = f"""
CREATE TABLE IF NOT EXISTS folder_usage (
    owner_id BLOB NOT NULL,
    parent TEXT NOT NULL,
    folder TEXT NOT NULL,
    asset_count INTEGER NOT NULL,
    complete_bytes INTEGER NOT NULL,
    own_count INTEGER NOT NULL,
    own_bytes INTEGER NOT NULL,
    PRIMARY KEY (owner_id, parent, folder)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS asset_folder_added AFTER INSERT ON asset_owners {_NEW_COUNTS} BEGIN {_ADD} END;
CREATE TRIGGER IF NOT EXISTS asset_folder_removed AFTER DELETE ON asset_owners {_OLD_COUNTS} BEGIN {_TAKE} END;
CREATE TRIGGER IF NOT EXISTS asset_folder_left AFTER UPDATE OF folder, complete_bytes ON asset_owners {_OLD_COUNTS}
BEGIN {_TAKE} END;
CREATE TRIGGER IF NOT EXISTS asset_folder_joined AFTER UPDATE OF folder, complete_bytes ON asset_owners {_NEW_COUNTS}
BEGIN {_ADD} END;
"""
"""The table, and triggers that keep the counters, as those of schema do."""

FOLDER_MOVES: Final = """
CREATE TABLE IF NOT EXISTS folder_moves (
    owner_id BLOB NOT NULL PRIMARY KEY,
    move_id BLOB NOT NULL,
    asset_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""The moves that are under way; `asset_count` are still to be moved."""
