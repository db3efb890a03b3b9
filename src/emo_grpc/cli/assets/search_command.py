"""`emo search`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.filter_options import FilterOptions, narrowed
from emo_grpc.cli.assets.listed_pages import print_rest
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.page_sizes import page_size
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import SearchAssetsResponse, SearchResult


class Found(NamedTuple):
    """Results, the ids of matches that can't be shown, and whether there are more, and assets that were not ranked."""

    results: list["SearchResult"]
    unreadable: list[str]
    is_more: bool
    is_partial: bool


@client_command
@narrowed("text")
async def search(
    remote: Remote,
    *,
    words: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", help="Words, wherever they are; the last one may go on.", show_default=False),
    ],
    narrow: FilterOptions,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Search your assets for words, best matches first.

    Titles and people count most, then tags and place, then folder and file name, then the description. Each option
    narrows the search, as it does the list of `emo ls`.
    """
    from emo_grpc.cli.assets.texts import print_results  # noqa: PLC0415 - see app

    wanted = None if everything else limit
    size = page_size(wanted)
    pages = remote.client.assets.search_pages(" ".join(words), narrow=narrow.message(), page_size=size)
    found = await _gather(pages, wanted, size)
    print_results(found.results, as_json=as_json)
    print_rest(found.unreadable, is_more=found.is_more)
    if found.is_partial:
        print_error(_partial(everything=everything))


async def _gather(pages: "AsyncGenerator[SearchAssetsResponse, None]", limit: int | None, size: int) -> Found:
    """Up to `limit` results of those that are ranked together; None: all there are. `size`: of a full page."""
    results: list[SearchResult] = []
    unreadable: list[str] = []
    is_partial = False
    async with aclosing(pages):
        async for page in pages:
            results += page.results
            unreadable += page.unreadable_asset_ids
            is_partial = is_partial or (page.older_assets_remain and bool(results))
            is_rest_older = is_partial and len(page.results) < size
            if limit is not None and (len(results) > limit or is_rest_older):
                break
    return Found(results[:limit], unreadable, limit is not None and len(results) > limit, is_partial)


def _partial(*, everything: bool) -> str:
    if everything:
        return "too many to rank at once: the latest come first, best ones first among them, then older ones"
    return "only your latest assets were ranked; --all goes on to older ones, --to and other words narrow the search"
