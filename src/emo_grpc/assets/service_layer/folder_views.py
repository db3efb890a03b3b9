"""The queries of folders. There is a folder while an asset is in it, or below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder, and how much is in it: with all that is below it, and `own`, without that.

    Assets are counted whether their file is complete or not, plaintext bytes of complete files only.
    """

    folder: str
    count: int
    size_bytes: int
    own_count: int
    own_size_bytes: int


@dataclass(frozen=True, slots=True)
class FolderQuery:
    """The folders right below one of an owner's. `after`: the cursor of the page before."""

    owner_id: UserId
    folder: str
    limit: int
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class FolderPage:
    """The folder that was asked for, and some below it, by name; `cursor` is None on the last page."""

    folder: FolderView
    subfolders: Sequence[FolderView]
    cursor: Cursor | None


class FolderViews(Protocol):
    """The port; as AssetViews."""

    async def folders(self, query: FolderQuery) -> FolderPage:
        """A page; reads as many counters as it shows. Raises `FolderNotFound`; the top is always there."""
        ...

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """The move of an owner's that is under way."""
        ...


def left_of(move: FolderMove | None, move_id: UUID) -> int:
    """How many assets are still to be moved by this move; 0 when another, or none, is under way."""
    return move.left if move is not None and move.move_id == move_id else 0


def folder_page(folder: str, found: Sequence[FolderView], limit: int, own: FolderView | None) -> FolderPage:
    """The page of the first `limit` folders of `found`, where one more tells that there is a next page."""
    shown = found[:limit]
    cursor = (shown[-1].folder,) if len(found) > limit else None
    return FolderPage(own or FolderView(folder, 0, 0, 0, 0), shown, cursor)


def name_after(query: FolderQuery) -> str:
    """The folder behind which the page begins."""
    return str(query.after[0]) if query.after else ""
