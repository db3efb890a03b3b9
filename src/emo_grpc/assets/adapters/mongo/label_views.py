"""The queries on labels and on time, on MongoDB: each page is one range of an index of the counters."""

from typing import Final

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.read_concern import ReadConcern

from emo_grpc.assets.adapters.mongo.facet_counters import ASSET_COUNT, COLLECTIONS, FOLDED
from emo_grpc.assets.adapters.mongo.schema import PERIODS
from emo_grpc.assets.adapters.queries.label_page import (
    Counted,
    count_place,
    name_range,
    page_by_count,
    page_by_name,
    period_range,
    rows_of,
    timeline_of,
)
from emo_grpc.assets.adapters.queries.listing import NO_DATE
from emo_grpc.assets.service_layer.label_views import (
    LabelCount,
    LabelOrder,
    LabelQuery,
    Timeline,
    TimelineQuery,
    TimelineUnit,
)
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.service_layer.pages import Page

OWNER: Final = "_id.owner_id"


class MongoLabelViews:
    """These queries. A page by count may be two commands: what is counted between them may be missed or come twice."""

    _database: MongoDatabase

    async def labels(self, query: LabelQuery) -> Page[LabelCount]:
        """A page."""
        with translated():
            return await (self._by_name(query) if query.order is LabelOrder.NAME else self._by_count(query))

    async def timeline(self, query: TimelineQuery) -> Timeline:
        """A page, and one counter."""
        low, high = period_range(query)
        owner = {OWNER: query.owner_id.value}
        order = DESCENDING if query.descending else ASCENDING
        with translated():
            found = self._counters(PERIODS).find(
                owner | {"_id.unit": query.unit.value, "_id.period": {"$gte": low, "$lt": high}},
                sort=[("_id.period", order)],
            )
            rows = await up_to(query.limit + 1, found)
            undated = await self._counters(PERIODS).find_one(
                owner | {"_id.unit": TimelineUnit.YEAR.value, "_id.period": NO_DATE}
            )
        counted = [(row["_id"]["period"], row[ASSET_COUNT]) for row in rows]
        return timeline_of(counted, undated[ASSET_COUNT] if undated else 0, query.limit)

    async def _by_name(self, query: LabelQuery) -> Page[LabelCount]:
        name, label = f"_id.{query.kind}", query.kind.value
        after, after_label, before = name_range(query)
        found = self._counters(COLLECTIONS[query.kind]).find(
            {
                OWNER: query.owner_id.value,
                FOLDED: {"$gte": after, "$lt": before},
                "$or": [{FOLDED: {"$gt": after}}, {name: {"$gt": after_label}}],
            },
            sort=[(FOLDED, ASCENDING), (name, ASCENDING)],
        )
        rows = await up_to(query.limit + 1, found)
        return page_by_name([(row[FOLDED], row["_id"][label], row[ASSET_COUNT]) for row in rows], query.limit)

    async def _by_count(self, query: LabelQuery) -> Page[LabelCount]:
        place, wanted = count_place(query), rows_of(query)
        if place is None:
            return page_by_count(await self._counted(query, {}, wanted), query)
        count, after = place
        rows = await self._counted(query, {ASSET_COUNT: count, f"_id.{query.kind}": {"$gt": after}}, wanted)
        rows += await self._counted(query, {ASSET_COUNT: {"$lt": count}}, wanted - len(rows))
        return page_by_count(rows, query)

    async def _counted(self, query: LabelQuery, place: Document, limit: int) -> list[Counted]:
        found = self._counters(COLLECTIONS[query.kind]).find(
            {OWNER: query.owner_id.value} | place,
            sort=[(ASSET_COUNT, DESCENDING), (f"_id.{query.kind}", ASCENDING)],
        )
        return [(row["_id"][query.kind.value], row[ASSET_COUNT]) for row in await up_to(limit, found)]

    def _counters(self, name: str) -> AsyncCollection[Document]:
        return self._database.collection(name).with_options(read_concern=ReadConcern("snapshot"))
