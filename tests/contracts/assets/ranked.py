"""What searches must find, and in which order, said without any engine's code; only words are the code's own."""

from dataclasses import replace

from emo_grpc.assets.adapters.queries.folding import asked, words
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.expressions import Says, TextField
from emo_grpc.assets.service_layer.search import SearchPage, SearchQuery
from emo_grpc.assets.service_layer.views import AssetQuery

from .engines import Engine
from .held import holds, texts_of
from .listed import is_listed

COUNTS = {
    TextField.TITLE: 3, TextField.PEOPLE: 3, TextField.TAGS: 2, TextField.LOCATION: 2,
    TextField.FOLDER: 1, TextField.FILE_NAME: 1, TextField.DESCRIPTION: 0,
}  # fmt: skip
"""In the order in which matched fields are told."""

Found = tuple[AssetId, tuple[TextField, ...]]


async def pages(engine: Engine, query: SearchQuery) -> list[SearchPage]:
    """All pages of a search."""
    found = [await engine.search.page(query)]
    while (cursor := found[-1].cursor) is not None:
        found.append(await engine.search.page(replace(query, after=cursor)))
    return found


async def everything(engine: Engine, query: SearchQuery) -> list[Found]:
    """What all pages hold, with the fields that matched."""
    return [
        (match.asset.asset_id, tuple(match.fields)) for page in await pages(engine, query) for match in page.matches
    ]


def expected(assets: list[Asset], query: SearchQuery) -> list[Found]:
    """What all pages must hold if these are all assets, and all were ranked together."""
    listed = AssetQuery(query.owner_id, 1, query.filter)
    says = Says(query.text, is_prefix=True)
    matching = [asset for asset in assets if is_listed(asset, listed) and holds(says, asset)]
    matching.sort(key=lambda asset: _rank(asset, query.text), reverse=True)
    return [(asset.asset_id, _fields(asset, query.text)) for asset in matching]


def is_whole(asset: Asset, text: str) -> bool:
    """Whether it has the last word as it is, too."""
    return holds(Says(text), asset)


def _rank(asset: Asset, text: str) -> tuple[object, ...]:
    counts = [
        max(count for field, count in COUNTS.items() if _has(asset, field, word, goes_on=goes_on))
        for word, goes_on in _asked(asset, text)
    ]
    return is_whole(asset, text), sum(counts), asset.create_time, asset.asset_id


def _asked(asset: Asset, text: str) -> list[tuple[str, bool]]:
    return asked(text, is_prefix=not is_whole(asset, text))


def _fields(asset: Asset, text: str) -> tuple[TextField, ...]:
    wanted = _asked(asset, text)
    return tuple(field for field in COUNTS if any(_has(asset, field, word, goes_on=on) for word, on in wanted))


def _has(asset: Asset, field: TextField, word: str, *, goes_on: bool) -> bool:
    said = [each for text in texts_of(asset, field) for each in words(text)]
    return any(each.startswith(word) if goes_on else each == word for each in said)
