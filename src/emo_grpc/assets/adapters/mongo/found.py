"""Lists by an expression or by several filters, on MongoDB.

A page goes through the records of one way (ways.py), in the order of the list, and tests the filter on each. It
ends when it is full, has looked at MOST_LOOKED_AT records, or has no more to spend on tests (spending.py): so none
costs more than that, whatever is asked for. The way is one that has so few records that all can be looked at; else, in
order, the one on which so many reach furthest.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pymongo.asynchronous.client_session import AsyncClientSession

from emo_grpc.assets.adapters.documents.asset import current_asset
from emo_grpc.assets.adapters.documents.projections import asset_view, reading
from emo_grpc.assets.adapters.mongo.collections import ASSETS
from emo_grpc.assets.adapters.mongo.condition_match import condition_match
from emo_grpc.assets.adapters.mongo.page import SHOWN, cursor_of, seen_by
from emo_grpc.assets.adapters.mongo.spending import Spending
from emo_grpc.assets.adapters.mongo.ways import Way, after_cursor, list_of, sort_of, ways_to, whole_way
from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.queries.conditions import NOTHING, condition_of
from emo_grpc.assets.adapters.queries.page_builder import PageBuilder
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetQuery, AssetView
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

Take = Callable[[Document], bool]
"""Takes a record of a list; gives whether there is room for more."""


async def found_page(database: MongoDatabase, query: AssetQuery) -> Page[AssetView]:
    """A page."""
    page = PageBuilder(query.limit)
    end = await _look(database, query, SHOWN, lambda record: page.add(cursor_of(record, query), shown(record)))
    if end is not None:
        page.end(end)
    return page.build()


async def found_ids(database: MongoDatabase, query: AssetQuery) -> tuple[list[AssetId], Cursor | None]:
    """Ids of a list, one more than its limit if there are more; and where it goes on if it may."""
    found: list[AssetId] = []

    def take(record: Document) -> bool:
        found.append(AssetId(record["_id"]))
        return len(found) <= query.limit

    return found, await _look(database, query, {"_id": True}, take)


def shown(record: Document) -> AssetView | AssetId:
    """The asset of a record; its id if the document can't be read."""
    asset_id = AssetId(record["_id"])
    try:
        with reading(asset_id):
            return asset_view(current_asset(record["document"]), record["version"])
    except AssetRecordCorrupt:
        return asset_id


async def _look(database: MongoDatabase, query: AssetQuery, fields: Document, take: Take) -> Cursor | None:
    """`FoundRecords.look` of one moment, at all of a page together."""
    with translated():
        async with database.snapshot() as session:
            return await FoundRecords(database, session, query).look(fields, take, query.limit + 1)


class FoundRecords:
    """The records of a list, in order, as one snapshot has them."""

    def __init__(self, database: MongoDatabase, session: AsyncClientSession, query: AssetQuery) -> None:
        self._records = database.collection(ASSETS.kind.name)
        self._session = session
        self._query = query
        self._condition = condition_of(query.filter)
        self._order = f"order.{query.sort_field}"

    async def look(self, fields: Document, take: Take, at_once: int, of_taking: int = 0) -> Cursor | None:
        """Look at those of a page until one is not taken; gives the last place if there are more beyond it.

        `fields` are what is taken of them, `at_once` how many come together, `of_taking` what each costs then, in tests
        of its text.
        """
        if self._condition == NOTHING:
            return None
        way = await self.best_way()
        spending = Spending(self._records, self._session, self._query, self._condition, of_taking)
        part = await spending.part_of(way)
        async with aclosing(self.page(part.way if part else way, fields, at_once)) as records:
            async for record in records:
                if not take(record):
                    return None
        return part.end if part else await self.end_of(way)

    async def page(self, way: Way, fields: Document, at_once: int) -> AsyncGenerator[Document]:
        """Those of a page, with these fields, and one more if there are more among the records that it looks at."""
        query, wanted = self._query, self._query.limit + 1
        test = {"$and": [condition_match(list_of(query), self._condition), *seen_by(query)]}
        # What was few when it was counted may have grown since, by as much as is stored in between.
        looked_at: list[Document] = (
            [{"$match": way.filter}, {"$sort": sort_of(query)}, {"$limit": drivers.MOST_LOOKED_AT}, {"$match": test}]
            if way.is_ordered
            else [{"$match": {"$and": [way.filter, test, *after_cursor(query)]}}, {"$sort": sort_of(query)}]
        )
        steps = [*looked_at, {"$limit": wanted}, {"$project": fields | {self._order: True}}]
        async with await self._records.aggregate(
            steps, session=self._session, hint=way.index, batchSize=at_once
        ) as found:
            async for record in found:
                yield record

    async def end_of(self, way: Way) -> Cursor | None:
        """The last place that a page on this way looks at; None if it comes to the end of the list."""
        if not way.is_ordered:
            return None
        last = self._records.find(
            way.filter, {self._order: True}, session=self._session, sort=sort_of(self._query), hint=way.index
        )
        found = await last.skip(drivers.MOST_LOOKED_AT - 1).limit(1).to_list()
        return cursor_of(found[0], self._query) if found else None

    async def best_way(self) -> Way:
        """The one to go through."""
        ways = ways_to(self._query, self._condition)
        whole = whole_way(self._query, self._condition)
        if not ways or (len(ways) == 1 and ways[0].is_ordered):
            return ways[0] if ways else whole
        counts = [await self._count(way) for way in ways]
        if min(counts) <= drivers.MOST_LOOKED_AT:
            return ways[counts.index(min(counts))]
        return await self._furthest([way for way in ways if way.is_ordered] or [whole])

    async def _furthest(self, ordered: list[Way]) -> Way:
        best, end = ordered[0], None
        for way in ordered if len(ordered) > 1 else []:
            reached = await self.end_of(way)
            if reached is None:
                return way
            if end is None or (tuple(reached) < tuple(end)) == self._query.descending:
                best, end = way, reached
        return best

    async def _count(self, way: Way) -> int:
        """Of the records on a way, at most one more than are looked at."""
        return await self._records.count_documents(
            way.filter, limit=drivers.MOST_LOOKED_AT + 1, hint=way.index, session=self._session
        )
