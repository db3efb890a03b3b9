"""The queries of this context: straight to the store, past the domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from emo_grpc.assets.domain.asset import AssetState, Description
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.file import AssetKind, File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.expressions import Expression
from emo_grpc.assets.service_layer.folder_views import FolderViews
from emo_grpc.assets.service_layer.label_views import LabelViews
from emo_grpc.assets.service_layer.stats import AssetStats
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page


@dataclass(frozen=True, slots=True)
class AssetView:
    """An asset as it is shown."""

    asset_id: AssetId
    owner_ids: tuple[UserId, ...]
    description: Description
    file: File
    state: AssetState
    create_time: datetime
    update_time: datetime
    etag: str
    delete_time: datetime | None = None
    purge_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class UploadView:
    """How far an upload has come: plaintext bytes. `persisted_size` is the file's size when complete.

    `expire_time`: when what is persisted is dropped; None while nothing is, and when complete. `declared_size`: 0 if it
    was not told. `owner_ids`: of the asset.
    """

    persisted_size: int
    complete: bool
    expire_time: datetime | None
    declared_size: int
    owner_ids: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class DownloadView:
    """What a download needs: the file as shown, and the content if it is complete."""

    file: File
    content: StoredContent | None


class SortField(StrEnum):
    """What lists can be sorted by. Ties are broken by the asset's id, in the same direction.

    Assets without an event_date count as older than all others.
    """

    CREATE_TIME = "create_time"
    UPDATE_TIME = "update_time"
    EVENT_DATE = "event_date"
    TITLE = "title"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets: any of the content types (`image/*` = the family), all tags, all people, any of states and kinds.

    With any of these a page may hold few or none and yet have a cursor. `expression`: what else must hold of them.
    `folder`: those in it, with `in_subfolders` also those below it; None: wherever they are.
    """

    content_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    bookmarked: bool | None = None
    states: tuple[AssetState, ...] = ()
    kinds: tuple[AssetKind, ...] = ()
    expression: Expression | None = None
    folder: str | None = None
    in_subfolders: bool = False


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """A list: whose (None = everybody's), which, in what order, from where, how many.

    `viewer_id`, if set, leaves out the extra_private assets that this user does not own. `after` is the cursor of
    the last row of the page before: (sort key, asset id) as `Page.cursor` gave it.

    `in_trash`: of what is in the trash, which no other list has. There `filter` must be empty, and UPDATE_TIME is the
    time at which it was moved there.
    """

    owner_id: UserId | None
    limit: int
    filter: AssetFilter = AssetFilter()
    sort_field: SortField = SortField.CREATE_TIME
    descending: bool = True
    viewer_id: UserId | None = None
    after: Cursor | None = None
    in_trash: bool = False


@dataclass(frozen=True, slots=True)
class AssetBatch:
    """Assets that were asked for by their ids, in order, each or why it can't be shown; and the last ids, left out."""

    found: Sequence[tuple[AssetId, AssetView | AssetNotFound | AssetRecordCorrupt]]
    left_out: Sequence[AssetId]


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many assets carry a tag."""

    tag: str
    count: int


class AssetViews(FolderViews, LabelViews, Protocol):
    """The port of the queries. Each reads one committed snapshot, and is backed by an index.

    The methods that take an owner raise `AssetNotFound` if there is no such asset of this owner, and
    `AssetRecordCorrupt` if its record is damaged.
    """

    async def asset(self, asset_id: AssetId, owner_id: UserId) -> AssetView:
        """One asset."""
        ...

    async def upload(self, asset_id: AssetId, owner_id: UserId) -> UploadView:
        """How far its file has come; one of 0 bytes never expires, begun or not."""
        ...

    async def download(self, asset_id: AssetId, owner_id: UserId) -> DownloadView:
        """What its download needs."""
        ...

    async def assets(self, asset_ids: Sequence[AssetId], owner_id: UserId) -> AssetBatch:
        """Some of an owner, each as by `asset`, at a moment of its own; at least the first of those asked for.

        The rest is left out rather than to make a message of more than 3 MiB, or to hold much more than that.
        """
        ...

    async def matching_ids(self, query: AssetQuery) -> list[AssetId]:
        """The ids of a list, damaged ones too, and one more than its limit if there are more.

        They are of one moment, or of one for each page where pages look at so many assets and end.
        """
        ...

    async def page(self, query: AssetQuery) -> Page[AssetView]:
        """A page; takes the same time however deep it lies and however many assets the owner has.

        Nothing bounds how many extra_private assets of others it steps over.

        It ends early rather than to make a message of more than 3 MiB, or to look at more than so many assets.
        """
        ...

    async def stats(self, owner_id: UserId) -> AssetStats:
        """Counts and bytes; takes about the same time however many assets there are."""
        ...

    async def tag_cloud(self, owner_id: UserId, limit: int) -> list[TagCount]:
        """The most used tags, most used first, then by name."""
        ...

    async def outdated(self) -> int:
        """How many documents wait for `UpgradeDocuments`."""
        ...
