"""The rows by which an asset is found, on SQLite."""

import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from typing import Final

from emo_grpc.assets.adapters.queries.listing import COUNTED_ONLY, Facet, Listing, listing_of
from emo_grpc.assets.adapters.sqlite.labels import name_labels
from emo_grpc.assets.adapters.sqlite.metadata_counters import count_metadata, leave_metadata
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.trash import TRASH, change_trash
from emo_grpc.assets.adapters.sqlite.words import add_words, change_words, remove_words
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.ids import AssetId

COLUMNS: Final = tuple(field.name for field in fields(Listing) if field.name != "facets")

_RESERVED: Final = """
    CASE WHEN :declared_bytes IS NULL THEN :complete_bytes
    ELSE max(:declared_bytes, coalesce((SELECT persisted_size FROM uploads WHERE asset_id = :asset_id), 0)) END
"""
_ADD_OWNER: Final = f"""
    INSERT INTO asset_owners (asset_id, owner_id, {", ".join(COLUMNS)}, reserved_bytes)
    VALUES (:asset_id, :owner_id, {", ".join(f":{column}" for column in COLUMNS)}, {_RESERVED})
"""  # noqa: S608 - our own column names
_ADD_FACET: Final = "INSERT INTO asset_facets (owner_id, facet, value, create_time, asset_id) VALUES (?, ?, ?, ?, ?)"
_REMOVE_FACET: Final = (
    "DELETE FROM asset_facets WHERE owner_id = ? AND facet = ? AND value = ? AND create_time = ? AND asset_id = ?"
)
Row = tuple[bytes, str, str, int, bytes]


def add_listing(connection: sqlite3.Connection, asset: Asset) -> None:
    """Make a new asset be found."""
    listing = listing_of(asset)
    _add_owners(connection, asset, listing, _lists(asset))
    connection.executemany(_ADD_FACET, _rows(asset, _lists(asset), listing.facets, listing))
    name_labels(connection, _lists(asset) - {ALL_OWNERS}, listing.facets)
    add_words(connection, asset)
    count_metadata(connection, asset)
    change_trash(connection, None, asset)


def change_listing(connection: sqlite3.Connection, before: Asset, after: Asset, *, is_outdated: bool) -> None:
    """Write only the columns and facets that differ, as each index costs.

    `is_outdated`: another release has stored it, which may have listed it by less: then all are written.
    """
    was, now = listing_of(before), listing_of(after)
    same_facets = frozenset[Facet]() if is_outdated else was.facets & now.facets
    left, joined = _lists(before) - _lists(after), _lists(after) - _lists(before)
    stayed = _lists(before) & _lists(after)
    connection.executemany(
        "DELETE FROM asset_owners WHERE asset_id = ? AND owner_id = ?",
        [(after.asset_id.value.bytes, owner) for owner in left],
    )
    _change_columns(connection, after, None if is_outdated else was, now)
    _add_owners(connection, after, now, joined)
    connection.executemany(
        _REMOVE_FACET,
        [*_rows(before, left, was.facets, was), *_rows(before, stayed, was.facets - same_facets, was)],
    )
    connection.executemany(
        _ADD_FACET,
        [*_rows(after, joined, now.facets, now), *_rows(after, stayed, now.facets - same_facets, now)],
    )
    name_labels(connection, joined - {ALL_OWNERS}, now.facets)
    name_labels(connection, stayed - {ALL_OWNERS}, now.facets - same_facets)
    change_words(connection, before, after, is_outdated=is_outdated)
    leave_metadata(connection, after.asset_id, _owners(before) - _owners(after))
    count_metadata(connection, after)
    change_trash(connection, before, after)


def remove_listing(connection: sqlite3.Connection, asset: Asset) -> None:
    """Let nothing find it."""
    listing = listing_of(asset)
    connection.executemany(_REMOVE_FACET, _rows(asset, _lists(asset), listing.facets, listing))
    remove_words(connection, asset)
    _remove_rows(connection, ("asset_owners", "asset_metadata"), asset.asset_id)


def remove_damaged_listing(connection: sqlite3.Connection, asset: DamagedAsset) -> None:
    """The same; its facets and words are not known any more, so those of all assets are searched."""
    tables = ("asset_facets", "asset_words", "asset_owners", "asset_metadata")
    _remove_rows(connection, tables, asset.asset_id)


def _remove_rows(connection: sqlite3.Connection, tables: Iterable[str], asset_id: AssetId) -> None:
    for table in tables:
        connection.execute(f"DELETE FROM {table} WHERE asset_id = ?", (asset_id.value.bytes,))  # noqa: S608 - as above


def _lists(asset: Asset) -> frozenset[bytes]:
    """Those of all owners and of each; of what is in the trash, the same of the trash."""
    everybodys = _owners(asset) | {ALL_OWNERS}
    return frozenset([TRASH + name for name in everybodys]) if asset.is_in_trash else everybodys


def _owners(asset: Asset) -> frozenset[bytes]:
    return frozenset([owner_id.value.bytes for owner_id in asset.owner_ids])


def _add_owners(connection: sqlite3.Connection, asset: Asset, listing: Listing, owners: Iterable[bytes]) -> None:
    values = _values(asset, listing)
    connection.executemany(_ADD_OWNER, [{**values, "owner_id": owner} for owner in owners])


def _change_columns(connection: sqlite3.Connection, asset: Asset, was: Listing | None, now: Listing) -> None:
    changed = [column for column in COLUMNS if was is None or getattr(was, column) != getattr(now, column)]
    settings = [f"{column} = :{column}" for column in changed]
    if {"declared_bytes", "complete_bytes"} & set(changed):
        settings.append(f"reserved_bytes = {_RESERVED}")
    if settings:
        connection.execute(
            f"UPDATE asset_owners SET {', '.join(settings)} WHERE asset_id = :asset_id",  # noqa: S608 - as above
            _values(asset, now),
        )


def _values(asset: Asset, listing: Listing) -> dict[str, str | int | bytes | None]:
    return {"asset_id": asset.asset_id.value.bytes, **{column: getattr(listing, column) for column in COLUMNS}}


def _rows(asset: Asset, owners: Iterable[bytes], facets: Iterable[Facet], listing: Listing) -> list[Row]:
    asset_id = asset.asset_id.value.bytes
    return [
        (owner, facet, value, listing.create_time, asset_id)
        for owner in owners
        for facet, value in sorted(facets)
        if owner != ALL_OWNERS or facet not in COUNTED_ONLY
    ]
