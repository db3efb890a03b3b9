"""What lists must hold, said without any engine's code."""

from dataclasses import replace
from datetime import UTC, datetime

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, AssetView, SortField
from emo_grpc.shared.service_layer.pages import Page

from .engines import Engine
from .held import holds

BEFORE_ALL = (False, datetime.min.replace(tzinfo=UTC))


async def pages(engine: Engine, query: AssetQuery) -> list[Page[AssetView]]:
    """All pages of a list."""
    found = [await engine.views.page(query)]
    while (cursor := found[-1].cursor) is not None:
        assert found[-1].items or query.filter != AssetFilter(), "a page of a whole list holds something"
        found.append(await engine.views.page(replace(query, after=cursor)))
    return found


async def everything(engine: Engine, query: AssetQuery) -> list[AssetId]:
    """What all pages hold."""
    return [asset.asset_id for page in await pages(engine, query) for asset in page.items]


def expected(assets: list[Asset], query: AssetQuery) -> list[AssetId]:
    """What all pages must hold if these are all assets."""
    matching = [asset for asset in assets if is_listed(asset, query)]
    matching.sort(key=lambda asset: (_key(asset, query.sort_field), asset.asset_id), reverse=query.descending)
    return [asset.asset_id for asset in matching]


def _key(asset: Asset, field: SortField) -> tuple[object, ...]:
    if field is SortField.TITLE:
        return tuple(ord(character) for character in asset.description.title)
    if field is SortField.EVENT_DATE:
        date = asset.description.event_date
        return BEFORE_ALL if date is None else (True, date)
    if field is SortField.SIZE:
        return (asset.file.size_bytes,)
    return (asset.create_time if field is SortField.CREATE_TIME else asset.update_time,)


def is_listed(asset: Asset, query: AssetQuery) -> bool:
    """Whether a list holds it."""
    chosen, said = query.filter, asset.description
    content_type = asset.file.content_type
    return all(
        (
            query.owner_id is None or query.owner_id in asset.owner_ids,
            query.viewer_id is None or not said.extra_private or query.viewer_id in asset.owner_ids,
            not chosen.content_types
            or any(
                content_type.startswith(wanted[:-1]) if wanted.endswith("/*") else content_type == wanted
                for wanted in chosen.content_types
            ),
            all(tag in said.tags for tag in chosen.tags),
            all(person in said.people for person in chosen.people),
            chosen.bookmarked in (None, said.bookmarked),
            not chosen.states or asset.state in chosen.states,
            not chosen.kinds or asset.file.kind in chosen.kinds,
            chosen.folder in (None, said.folder)
            or (chosen.in_subfolders and f"{said.folder}/".startswith(f"{chosen.folder}/" if chosen.folder else "")),
            chosen.expression is None or holds(chosen.expression, asset),
        )
    )
