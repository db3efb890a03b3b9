"""How an asset is found: its sort keys and its facets, the same in every database.

A facet is a (name, value) that lists can be narrowed by, and that is counted for each owner. Sort keys are microseconds
since 1970 (UTC), or text in the order of its code points.

What is in the trash is in no list but those of the trash. These are not narrowed, so it has no facets; and as it does
not change there, they are in the order in which it came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from emo_grpc.assets.adapters.queries.folding import folded
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.event_date import known_part, wall_time
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.folder import TOP, labels_of
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.service_layer.label_views import TimelineUnit
from emo_grpc.assets.service_layer.views import AssetFilter, SortField
from emo_grpc.shared.adapters.times import MICROSECOND, microseconds

NEVER: Final = -(1 << 62)
"""The sort key of no date: before every date that there is."""

NO_DATE: Final = ""
"""The year of an asset without a date."""

COUNTED_ONLY: Final = frozenset(TimelineUnit)
"""Facets that no list is narrowed by; only the owners' are counted."""

LABELS: Final = frozenset(LabelKind)

Facet = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """What lists need of an asset. `declared_bytes` is None, and `complete_bytes` counts, once the file is complete.

    While it is in the trash, `update_time` is its delete_time, and `folder` None: none counts it.
    `event_offset`: how far the clocks at the event were ahead of UTC, in microseconds.
    """

    create_time: int
    update_time: int
    event_date: int
    title: str
    extra_private: bool
    kind: AssetKind
    declared_bytes: int | None
    complete_bytes: int
    folder: str | None
    event_offset: int
    facets: frozenset[Facet]

    @property
    def size(self) -> int:
        """Bytes of the file, as they are shown."""
        return self.complete_bytes if self.declared_bytes is None else self.declared_bytes

    @property
    def event_day(self) -> int:
        """What the clocks at the event showed, as if that were UTC."""
        return self.event_date + self.event_offset

    @property
    def sort_keys(self) -> dict[SortField, int | str]:
        """What each order goes by."""
        return {
            SortField.CREATE_TIME: self.create_time,
            SortField.UPDATE_TIME: self.update_time,
            SortField.EVENT_DATE: self.event_date,
            SortField.TITLE: self.title,
            SortField.SIZE: self.size,
        }


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """Narrows a list to the assets that have any of these values of a facet."""

    facet: str
    values: tuple[str, ...]


def listing_of(asset: Asset) -> Listing:
    """How this asset is found."""
    said = asset.description
    ready = asset.state is AssetState.READY
    return Listing(
        create_time=microseconds(asset.create_time),
        update_time=microseconds(asset.delete_time or asset.update_time),
        event_date=NEVER if said.event_date is None else microseconds(said.event_date),
        title=said.title,
        extra_private=said.extra_private,
        kind=asset.file.kind,
        declared_bytes=None if ready else asset.file.size_bytes,
        complete_bytes=asset.file.size_bytes if ready else 0,
        folder=None if asset.is_in_trash else said.folder,
        event_offset=_event_offset(said),
        facets=frozenset(() if asset.is_in_trash else _facets(asset)),
    )


def _event_offset(said: Description) -> int:
    if said.event_date is None or not said.event_zone:
        return 0
    ahead = wall_time(said.event_date, said.event_zone).utcoffset() or timedelta()
    return ahead // MICROSECOND


def _facets(asset: Asset) -> Iterable[Facet]:
    said = asset.description
    content_type = asset.file.content_type
    yield "content_type", content_type
    yield "content_type", _family(content_type)
    yield "bookmarked", _truth(said.bookmarked)
    yield "state", asset.state.value
    yield "kind", asset.file.kind.value
    yield from (("tag", tag) for tag in said.tags)
    yield from (("person", person) for person in said.people)
    yield "folder", said.folder
    yield from (("within", folder) for folder in labels_of(said.folder))
    if said.location:
        yield "location", said.location
    yield from periods_of(known_date_of(said))


def known_date_of(said: Description) -> str:
    """What is known of the day (see `known_part`), or NO_DATE."""
    if said.event_date is None:
        return NO_DATE
    return known_part(said.event_date, said.event_precision, said.event_zone)


def periods_of(known_date: str) -> Iterable[Facet]:
    """The day, month and year that it counts in, or the longer one that is known."""
    if known_date == NO_DATE:
        yield TimelineUnit.YEAR, NO_DATE
    else:
        yield from ((unit, known_date[: unit.length]) for unit in TimelineUnit)


def names_of(facets: Iterable[Facet]) -> list[tuple[str, str, str]]:
    """(facet, value, folded value) of those that are labels: by the last they are looked up."""
    return [(facet, value, folded(value)) for facet, value in facets if facet in LABELS]


def groups_of(chosen: AssetFilter) -> list[FacetGroup]:
    """The groups of which an asset must be in each. The values of a group never overlap."""
    groups = [FacetGroup("tag", (tag,)) for tag in dict.fromkeys(chosen.tags)]
    groups += [FacetGroup("person", (person,)) for person in dict.fromkeys(chosen.people)]
    if chosen.bookmarked is not None:
        groups.append(FacetGroup("bookmarked", (_truth(chosen.bookmarked),)))
    if chosen.states and set(chosen.states) != set(AssetState):
        groups.append(FacetGroup("state", tuple(state.value for state in dict.fromkeys(chosen.states))))
    if chosen.kinds and set(chosen.kinds) != set(AssetKind):
        groups.append(FacetGroup("kind", tuple(kind.value for kind in dict.fromkeys(chosen.kinds))))
    if chosen.folder is not None and not (chosen.in_subfolders and chosen.folder == TOP):
        groups.append(FacetGroup("within" if chosen.in_subfolders else "folder", (chosen.folder,)))
    if chosen.content_types:
        wanted = dict.fromkeys(chosen.content_types)
        apart = tuple(value for value in wanted if value == _family(value) or _family(value) not in wanted)
        groups.append(FacetGroup("content_type", apart))
    return groups


def _family(content_type: str) -> str:
    return content_type.partition("/")[0] + "/*"


def _truth(value: bool) -> str:
    return "yes" if value else "no"
