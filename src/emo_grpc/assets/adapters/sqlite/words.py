"""The rows of words by which an asset is found, on SQLite.

`asset_words` has a row for each word that an owner finds an asset by, and `asset_terms` one line for each term of an
asset (see queries/terms.py), which tells whether it is one of those that were asked for. They have no counters: who
asks for words looks how far each leads (found.py). Lists over all users go through their order instead.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from emo_grpc.assets.adapters.queries.terms import NO_TERMS, Terms, terms_of, texts_of
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.shared.adapters.times import microseconds

WORDS: Final = """
CREATE TABLE IF NOT EXISTS asset_words (
    owner_id BLOB NOT NULL,
    word TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    asset_id BLOB NOT NULL,
    PRIMARY KEY (owner_id, word, create_time, asset_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asset_terms (
    asset_id BLOB NOT NULL PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    terms TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

# An asset of another release may have some of these rows, or none.
_ADD_WORD: Final = "INSERT OR IGNORE INTO asset_words (owner_id, word, create_time, asset_id) VALUES (?, ?, ?, ?)"
_REMOVE_WORD: Final = "DELETE FROM asset_words WHERE owner_id = ? AND word = ? AND create_time = ? AND asset_id = ?"
_SET_TERMS: Final = "INSERT OR REPLACE INTO asset_terms (asset_id, terms) VALUES (?, ?)"

Row = tuple[bytes, str, int, bytes]


def add_words(connection: sqlite3.Connection, asset: Asset) -> None:
    """Make a new asset be found by its words."""
    terms = terms_of(texts_of(asset))
    connection.executemany(_ADD_WORD, _rows(asset, _owners(asset), terms.words))
    connection.execute(_SET_TERMS, (asset.asset_id.value.bytes, lines(terms)))


def change_words(connection: sqlite3.Connection, before: Asset, after: Asset, *, is_outdated: bool) -> None:
    """Write only what differs; all of it for an asset that another release has stored, `is_outdated`."""
    texts, former = texts_of(after), texts_of(before)
    if texts == former and _owners(before) == _owners(after) and not is_outdated:
        return
    was, now = terms_of(former), terms_of(texts)
    left, joined = _owners(before) - _owners(after), _owners(after) - _owners(before)
    stayed = _owners(before) & _owners(after)
    same = NO_TERMS.words if is_outdated else was.words & now.words
    removed = [*_rows(before, left, was.words), *_rows(before, stayed, was.words - now.words)]
    connection.executemany(_REMOVE_WORD, removed)
    added = [*_rows(after, joined, now.words), *_rows(after, stayed, now.words - same)]
    connection.executemany(_ADD_WORD, added)
    if is_outdated or was.terms != now.terms:
        connection.execute(_SET_TERMS, (after.asset_id.value.bytes, lines(now)))


def remove_words(connection: sqlite3.Connection, asset: Asset) -> None:
    """Let no word find it; its terms go with its row."""
    connection.executemany(_REMOVE_WORD, _rows(asset, _owners(asset), terms_of(texts_of(asset)).words))


def lines(terms: Terms) -> str:
    """A line for each term, so that one is found by the ends of lines around it."""
    return "\n".join(("", *terms.terms, ""))


def _owners(asset: Asset) -> frozenset[bytes]:
    """Who finds it by its words; nobody while it is in the trash."""
    return frozenset() if asset.is_in_trash else frozenset(owner_id.value.bytes for owner_id in asset.owner_ids)


def _rows(asset: Asset, owners: Iterable[bytes], words: Iterable[str]) -> list[Row]:
    create_time, asset_id = microseconds(asset.create_time), asset.asset_id.value.bytes
    return [(owner, word, create_time, asset_id) for owner in owners for word in sorted(words)]
