"""Gathers the pages of a list."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import Asset, ListAssetsResponse, ListTrashResponse

    Pages = AsyncGenerator[ListAssetsResponse, None] | AsyncGenerator[ListTrashResponse, None]


class Gathered(NamedTuple):
    """Assets, the ids of those on the same pages that can't be shown, and whether there are more."""

    assets: list["Asset"]
    unreadable: list[str]
    is_more: bool

    def print_rest(self) -> None:
        """Tell of what is not among the assets."""
        print_rest(self.unreadable, is_more=self.is_more)


def print_rest(unreadable: Sequence[str], *, is_more: bool) -> None:
    """Tell of what is not among what was listed."""
    for asset_id in unreadable:
        print_error(f"{asset_id} can't be shown: what the server knows of it is damaged; tell its operator")
    if is_more:
        print_error("there are more: --all lists all of them, --limit more of them")


async def gather(pages: "Pages", limit: int | None) -> Gathered:
    """Up to `limit` assets of these pages."""
    found: list[Asset] = []
    unreadable: list[str] = []
    async with aclosing(pages):
        async for page in pages:
            found += page.assets
            unreadable += page.unreadable_asset_ids
            if limit is not None and len(found) > limit:
                return Gathered(found[:limit], unreadable, is_more=True)
    return Gathered(found, unreadable, is_more=False)
