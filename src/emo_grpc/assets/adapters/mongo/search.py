"""Searches on MongoDB: looks as those of lists (found.py), which give the terms to rank by."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pymongo import ASCENDING
from pymongo.asynchronous.client_session import AsyncClientSession

from emo_grpc.assets.adapters.mongo.collections import ASSETS
from emo_grpc.assets.adapters.mongo.found import FoundRecords, shown
from emo_grpc.assets.adapters.mongo.page import SHOWN, cursor_of
from emo_grpc.assets.adapters.queries.batch_builder import READ_AT_ONCE
from emo_grpc.assets.adapters.queries.effort import OF_RANKING
from emo_grpc.assets.adapters.queries.search import Chosen, Look, Search
from emo_grpc.assets.adapters.queries.search_page import SearchPageBuilder
from emo_grpc.assets.service_layer.search import SearchPage, SearchQuery
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.service_layer.page_tokens import Cursor

TERMS: Final = {"terms": True}
BY_ID: Final = [("_id", ASCENDING)]

RANKED_AT_ONCE: Final = 100
"""Records whose terms, of up to 60 KB each, are read and ranked before others get their turn."""


class MongoAssetSearch:
    """Ranks here, what the server has found: so both engines rank alike."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def page(self, query: SearchQuery) -> SearchPage:
        """A page."""
        search = Search(query)
        with translated():
            async with self._database.snapshot() as session:
                while (following := search.next_look()) is not None:
                    search.add(following, await self._looked(session, following))
                return await self._shown(session, search, query.limit)

    async def _looked(self, session: AsyncClientSession, following: Look) -> Cursor | None:
        query = following.query

        def take(record: Document) -> bool:
            following.take(cursor_of(record, query), "\n".join(record["terms"]))
            return True

        return await FoundRecords(self._database, session, query).look(TERMS, take, RANKED_AT_ONCE, OF_RANKING)

    async def _shown(self, session: AsyncClientSession, search: Search, limit: int) -> SearchPage:
        page = SearchPageBuilder(search, limit)
        for at in range(0, len(search.chosen), READ_AT_ONCE):
            some = search.chosen[at : at + READ_AT_ONCE]
            records = await self._records(session, [each.asset_id for each in some])
            if not all(_add(page, each, records[each.asset_id]) for each in some):
                break
        return page.build()

    async def _records(self, session: AsyncClientSession, ids: Sequence[UUID]) -> dict[UUID, Document]:
        found = self._database.collection(ASSETS.kind.name).find(
            {"_id": {"$in": ids}}, SHOWN | TERMS, hint=BY_ID, batch_size=len(ids), session=session
        )
        return {record["_id"]: record async for record in found}


def _add(page: SearchPageBuilder, chosen: Chosen, record: Document) -> bool:
    return page.add(chosen, shown(record), "\n".join(record["terms"]))
