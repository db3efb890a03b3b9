"""Copies the rows of assets as those of others, made later: several times as fast as to make each."""

import sqlite3

from emo_grpc.assets.adapters.sqlite.listing import COLUMNS

TIMES = ("create_time", "update_time")
OWNER_COLUMNS = ("owner_id", *COLUMNS, "reserved_bytes")
OWNER_VALUES = [f"{column} + :later" if column in TIMES else column for column in OWNER_COLUMNS]


def _id(column: str) -> str:
    return f"CAST(substr({column}, 1, 15) || :turn AS BLOB)"


def _text(path: str) -> str:
    return f"'$.{path}', substr(document ->> '$.{path}', 1, 34) || lower(hex(:turn))"


def _time(path: str) -> str:
    seconds = f"unixepoch(document ->> '$.{path}') + :later / 1000000"
    return f"'$.{path}', strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')"


DOCUMENT = f"""json_set(document, {_text("asset_id")}, {_text("content.blob_key")}, {_time("create_time")},
    {_time("update_time")}, {_time("delete_time")})"""
FIRST = "substr(asset_id, 16) = x'00'"
REPEATS = (
    f"""INSERT INTO assets (asset_id, version, blob_key, kek_id, document)
    SELECT {_id("asset_id")}, version, {_id("blob_key")}, kek_id, {DOCUMENT} FROM assets""",
    f"""INSERT INTO asset_owners (asset_id, {", ".join(OWNER_COLUMNS)})
    SELECT {_id("asset_id")}, {", ".join(OWNER_VALUES)} FROM asset_owners""",
    f"""INSERT INTO asset_facets (owner_id, facet, value, create_time, asset_id)
    SELECT owner_id, facet, value, create_time + :later, {_id("asset_id")} FROM asset_facets""",
    f"""INSERT INTO asset_words (owner_id, word, create_time, asset_id)
    SELECT owner_id, word, create_time + :later, {_id("asset_id")} FROM asset_words""",
    f"INSERT INTO asset_terms (asset_id, terms) SELECT {_id('asset_id')}, terms FROM asset_terms",
    f"""INSERT INTO asset_metadata (asset_id, owner_id, metadata_bytes, is_pending)
    SELECT {_id("asset_id")}, owner_id, metadata_bytes, is_pending FROM asset_metadata""",
    f"INSERT INTO asset_trash (asset_id, purge_time) SELECT {_id('asset_id')}, purge_time FROM asset_trash",
)


def repeat_assets(connection: sqlite3.Connection, turn: int, later: int) -> None:
    """Those whose ids end with 0 once more, under ids that end with the byte `turn`, `later` by so many microseconds.

    There are no others in the file but those of earlier turns.
    """
    for repeat in REPEATS:
        connection.execute(f"{repeat} WHERE {FIRST}", {"turn": bytes([turn]), "later": later})
