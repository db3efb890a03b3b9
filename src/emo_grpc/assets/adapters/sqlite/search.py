"""Searches on SQLite: looks as those of lists (found.py), which give the terms to rank by."""

import sqlite3
from typing import Final

from emo_grpc.assets.adapters.queries.effort import OF_RANKING
from emo_grpc.assets.adapters.queries.search import Chosen, Look, Search
from emo_grpc.assets.adapters.queries.search_page import SearchPageBuilder
from emo_grpc.assets.adapters.sqlite.found import look, shown
from emo_grpc.assets.service_layer.search import SearchPage, SearchQuery
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.service_layer.page_tokens import Cursor

_TERMS: Final = "t.terms"
_CHOSEN: Final = """
    SELECT a.version, CAST(a.document AS BLOB), t.terms
    FROM assets AS a CROSS JOIN asset_terms AS t ON t.asset_id = a.asset_id WHERE a.asset_id = ?
"""


class SqliteAssetSearch:
    """Ranks on the thread that reads."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def page(self, query: SearchQuery) -> SearchPage:
        """A page."""
        return await self._database.read(lambda connection: searched(connection, query))


def searched(connection: sqlite3.Connection, query: SearchQuery) -> SearchPage:
    """A page of a search."""
    search = Search(query)
    while (following := search.next_look()) is not None:
        search.add(following, _looked(connection, following))
    page = SearchPageBuilder(search, query.limit)
    for chosen in search.chosen:
        if not _add(connection, page, chosen):
            break
    return page.build()


def _looked(connection: sqlite3.Connection, following: Look) -> Cursor | None:
    def take(cursor: Cursor, _: bytes, terms: str) -> bool:
        following.take(cursor, terms)
        return True

    return look(connection, following.query, take, _TERMS, OF_RANKING)


def _add(connection: sqlite3.Connection, page: SearchPageBuilder, chosen: Chosen) -> bool:
    asset_id = chosen.asset_id.bytes
    version, document, terms = connection.execute(_CHOSEN, (asset_id,)).fetchone()
    return page.add(chosen, shown(asset_id, version, document), terms)
