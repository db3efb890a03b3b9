"""Bounds what a page of a list spends on tests, on MongoDB, which can't stop in the middle itself."""

from dataclasses import dataclass
from typing import Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from emo_grpc.assets.adapters.mongo.page import cursor_of
from emo_grpc.assets.adapters.mongo.ways import Way, after_cursor, sort_of
from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.queries.conditions import Condition
from emo_grpc.assets.adapters.queries.effort import Effort
from emo_grpc.assets.adapters.queries.terms import MAX_WORDS
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.service_layer.page_tokens import Cursor

MOST_SPENT: Final = 2_500_000
"""For one page, in terms that a word is compared with: 0.3 s of a processor, at 0.12 µs each."""
OF_TEXT: Final = 10
"""What a test of text costs besides, in the same measure."""
OF_FACET: Final = 20
"""What a test of a facet costs."""
TERMS: Final[Document] = {"$size": {"$ifNull": ["$terms", []]}}
BY_ID: Final = "_id_"
"""The index that every collection has."""


@dataclass(frozen=True, slots=True)
class Part:
    """The first records of a way, in the order of the list, and the place of the last of them."""

    way: Way
    end: Cursor


class Spending:
    """What the tests of one page cost, and `of_taking` for each record, in tests of its text."""

    def __init__(
        self,
        records: AsyncCollection[Document],
        session: AsyncClientSession,
        query: AssetQuery,
        condition: Condition,
        of_taking: int,
    ) -> None:
        self._records = records
        self._session = session
        self._query = query
        self._effort = Effort.of(condition)
        self._of_text = self._effort.of_text + of_taking
        self._order = f"order.{query.sort_field}"

    async def part_of(self, way: Way) -> Part | None:
        """What a page can go through of a way; None if that is all of the records that it may look at."""
        most = drivers.MOST_LOOKED_AT
        if self._cost(most, most * MAX_WORDS) <= MOST_SPENT:
            return None
        found = await self._ask(way, {"$group": {"_id": None, "rows": {"$sum": 1}, "terms": {"$sum": TERMS}}})
        if self._cost(sum(each["rows"] for each in found), sum(each["terms"] for each in found)) <= MOST_SPENT:
            return None
        return self._first_of(await self._ask(way, {"$project": {self._order: True, "terms": TERMS}}))

    def _cost(self, rows: int, terms: int) -> int:
        return self._of_text * (rows * OF_TEXT + terms) + self._effort.of_index * rows * OF_FACET

    def _first_of(self, records: list[Document]) -> Part:
        """At least one, so that the list goes on."""
        spent, count = 0, 0
        while count < len(records) and spent <= MOST_SPENT:
            spent += self._cost(1, records[count]["terms"])
            count += 1
        ids = [each["_id"] for each in records[:count]]
        end = cursor_of(records[count - 1], self._query)
        return Part(Way({"_id": {"$in": ids}}, BY_ID, is_ordered=True), end)

    async def _ask(self, way: Way, last: Document) -> list[Document]:
        """Something of the records that a page on this way looks at, in the order of the list."""
        rows: list[Document] = [{"$sort": sort_of(self._query)}, {"$limit": drivers.MOST_LOOKED_AT}]
        steps: list[Document] = [{"$match": way.filter}, *rows]
        if not way.is_ordered:
            little = {self._order: True, "terms": True}  # so that less is sorted
            steps = [{"$match": {"$and": [way.filter, *after_cursor(self._query)]}}, {"$project": little}, *rows]
        batch = drivers.MOST_LOOKED_AT
        async with await self._records.aggregate(
            [*steps, last], session=self._session, hint=way.index, batchSize=batch
        ) as found:
            return [each async for each in found]
