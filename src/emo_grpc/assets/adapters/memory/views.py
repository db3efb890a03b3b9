"""The queries of this context in memory."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from emo_grpc.assets.adapters.documents.listing import FacetGroup, groups_of, listing_of
from emo_grpc.assets.adapters.documents.page_builder import PageBuilder
from emo_grpc.assets.adapters.documents.projections import asset_view, download_view, upload_view
from emo_grpc.assets.adapters.memory.tables import ASSETS, UPLOADS, Assets, StoredAsset, Uploads, usage
from emo_grpc.assets.domain.asset import Asset, AssetState
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import (
    AssetPage,
    AssetQuery,
    AssetStats,
    AssetView,
    DownloadView,
    KindStats,
    SortField,
    TagCount,
    UploadView,
)
from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.domain.ids import UserId

Key = tuple[str | int, UUID]


class MemoryAssetViews:
    """Looks at everything, for every question."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def asset(self, asset_id: AssetId, owner_id: UserId) -> AssetView:
        """One asset."""
        stored = self._owned(asset_id, owner_id)
        return asset_view(stored.document, stored.version)

    async def upload(self, asset_id: AssetId, owner_id: UserId) -> UploadView:
        """How far its file has come."""
        stored = self._owned(asset_id, owner_id)
        begun = self._uploads.get(asset_id)
        if begun is None:
            return upload_view(stored.document, 0, None)
        expire_time = datetime.fromisoformat(begun.document["expire_time"])
        return upload_view(stored.document, begun.document["persisted_size"], expire_time)

    async def download(self, asset_id: AssetId, owner_id: UserId) -> DownloadView:
        """What its download needs."""
        return download_view(self._owned(asset_id, owner_id).document)

    async def page(self, query: AssetQuery) -> AssetPage:
        """A page."""
        groups = groups_of(query.filter)
        keyed = [
            (_key(asset, query.sort_field), stored)
            for stored in self._assets.values()
            if _is_in_list(asset := stored.asset(), query, groups)
        ]
        keyed.sort(key=lambda row: row[0], reverse=query.descending)
        page = PageBuilder(query.limit)
        for (key, asset_id), stored in keyed:
            if _is_after((key, asset_id), query):
                page.add((key, str(asset_id)), asset_view(stored.document, stored.version))
        return page.build()

    async def stats(self, owner_id: UserId) -> AssetStats:
        """Added up anew."""
        counts, sizes = Counter[AssetKind](), Counter[AssetKind]()
        for asset in self._all_of(owner_id):
            counts[asset.file.kind] += 1
            sizes[asset.file.kind] += asset.file.size_bytes if asset.state is AssetState.READY else 0
        return AssetStats(
            kinds=[KindStats(kind, counts[kind], sizes[kind]) for kind in AssetKind if kind in counts],
            usage=usage(self._assets, self._uploads, owner_id),
        )

    async def tag_cloud(self, owner_id: UserId, limit: int) -> list[TagCount]:
        """Counted anew."""
        counts = Counter(tag for asset in self._all_of(owner_id) for tag in asset.description.tags)
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [TagCount(tag, count) for tag, count in ranked[:limit]]

    @property
    def _assets(self) -> Assets:
        return self._database.committed(ASSETS)

    @property
    def _uploads(self) -> Uploads:
        return self._database.committed(UPLOADS)

    def _owned(self, asset_id: AssetId, owner_id: UserId) -> StoredAsset:
        stored = self._assets.get(asset_id)
        if stored is None or owner_id not in stored.asset().owner_ids:
            raise AssetNotFound
        return stored

    async def outdated(self) -> int:
        """None: memory holds nothing of another release."""
        return 0

    def _all_of(self, owner_id: UserId) -> Iterable[Asset]:
        assets = (stored.asset() for stored in self._assets.values())
        return (asset for asset in assets if owner_id in asset.owner_ids)


def _is_in_list(asset: Asset, query: AssetQuery, groups: Iterable[FacetGroup]) -> bool:
    if query.owner_id is not None and query.owner_id not in asset.owner_ids:
        return False
    if query.viewer_id is not None and asset.description.extra_private and query.viewer_id not in asset.owner_ids:
        return False
    facets = listing_of(asset).facets
    return all(any((group.facet, value) in facets for value in group.values) for group in groups)


def _key(asset: Asset, field: SortField) -> Key:
    return listing_of(asset).sort_keys[field], asset.asset_id.value


def _is_after(key: Key, query: AssetQuery) -> bool:
    if query.after is None:
        return True
    last = query.after[0], UUID(str(query.after[1]))
    return key < last if query.descending else key > last
