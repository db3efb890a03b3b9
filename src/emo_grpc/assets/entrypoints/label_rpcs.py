"""The RPCs on what assets have in common: tags, people, places and when they were."""

from typing import Any, Final

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.event_date import is_known_part
from emo_grpc.assets.domain.label_commands import RenameLabel
from emo_grpc.assets.domain.label_rename import LabelKind, LabelRename
from emo_grpc.assets.entrypoints.moves import wait_for
from emo_grpc.assets.entrypoints.translate import request_id_of
from emo_grpc.assets.service_layer.label_views import LabelCount, LabelOrder, LabelQuery, TimelineQuery, TimelineUnit
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.call import current_caller, current_principal
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before, next_page_token
from emo_grpc.shared.service_layer.pages import Page
from emo_grpc.spaces import without_spaces

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]
ListRequest = pb.ListTagsRequest | pb.ListPeopleRequest | pb.ListPlacesRequest

LABELS_PAGE: Final = PageSize(default=50, maximum=1000)
TIMELINE_PAGE: Final = PageSize(default=100, maximum=1000)
MAX_PREFIX: Final = 200
UNITS: Final[dict[int, TimelineUnit]] = {
    pb.TIMELINE_UNIT_UNSPECIFIED: TimelineUnit.YEAR,
    pb.TIMELINE_UNIT_YEAR: TimelineUnit.YEAR,
    pb.TIMELINE_UNIT_MONTH: TimelineUnit.MONTH,
    pb.TIMELINE_UNIT_DAY: TimelineUnit.DAY,
}
PERIOD_ORDERS: Final = {"": False, "period": False, "period desc": True}


class LabelRpcs:
    """A part of the servicer, which has these."""

    _bus: MessageBus
    _views: AssetViews
    _page_tokens: PageTokens
    _drain: Drain

    async def ListTags(self, request: pb.ListTagsRequest, context: Context) -> pb.ListTagsResponse:
        """Show a page of the caller's tags."""
        page, token = await self._labels(request, LabelKind.TAG)
        tags = [pb.TagCount(tag=each.label, count=each.count) for each in page.items]
        return pb.ListTagsResponse(tags=tags, next_page_token=token)

    async def ListPeople(self, request: pb.ListPeopleRequest, context: Context) -> pb.ListPeopleResponse:
        """Show a page of who is in the caller's assets."""
        page, token = await self._labels(request, LabelKind.PERSON)
        people = [pb.PersonCount(person=each.label, count=each.count) for each in page.items]
        return pb.ListPeopleResponse(people=people, next_page_token=token)

    async def ListPlaces(self, request: pb.ListPlacesRequest, context: Context) -> pb.ListPlacesResponse:
        """Show a page of where the caller's assets were."""
        page, token = await self._labels(request, LabelKind.LOCATION)
        places = [pb.PlaceCount(location=each.label, count=each.count) for each in page.items]
        return pb.ListPlacesResponse(places=places, next_page_token=token)

    async def GetTimeline(self, request: pb.GetTimelineRequest, context: Context) -> pb.GetTimelineResponse:
        """Count the caller's assets by time."""
        binding = binding_of(request, current_caller())
        timeline = await self._views.timeline(_timeline_query(request, self._page_tokens, binding))
        return pb.GetTimelineResponse(
            periods=[pb.TimelinePeriod(period=each.name, count=each.count) for each in timeline.periods],
            undated_count=timeline.undated_count,
            next_page_token=next_page_token(self._page_tokens, timeline.cursor, binding),
        )

    async def RenameTag(self, request: pb.RenameTagRequest, context: Context) -> pb.RenameTagResponse:
        """Rename a tag."""
        left = await self._rename(LabelKind.TAG, request.tag, request.new_tag, request.request_id)
        return pb.RenameTagResponse(remaining_count=left)

    async def RenamePerson(self, request: pb.RenamePersonRequest, context: Context) -> pb.RenamePersonResponse:
        """Rename a person."""
        left = await self._rename(LabelKind.PERSON, request.person, request.new_person, request.request_id)
        return pb.RenamePersonResponse(remaining_count=left)

    async def RenamePlace(self, request: pb.RenamePlaceRequest, context: Context) -> pb.RenamePlaceResponse:
        """Rename a place."""
        left = await self._rename(LabelKind.LOCATION, request.location, request.new_location, request.request_id)
        return pb.RenamePlaceResponse(remaining_count=left)

    async def _rename(self, kind: LabelKind, label: str, new_label: str, request_id: str) -> int:
        """Rename a label, and wait for it, not for long; gives how many assets are left."""
        owner_id, violations = current_principal().user_id, Violations()
        rename = violations.parse(lambda: LabelRename(kind, label, without_spaces(new_label)))
        asked = violations.parse(lambda: request_id_of(request_id))
        if rename is None:
            raise violations.error()
        violations.raise_if_any()
        move = await self._bus.handle(RenameLabel(owner_id, rename, asked))
        return (await wait_for(move, owner_id, self._views, self._drain)).left

    async def _labels(self, request: ListRequest, kind: LabelKind) -> tuple[Page[LabelCount], str]:
        binding = binding_of(request, current_caller())
        page = await self._views.labels(_label_query(request, kind, self._page_tokens, binding))
        return page, next_page_token(self._page_tokens, page.cursor, binding)


def _label_query(request: ListRequest, kind: LabelKind, tokens: PageTokens, binding: str) -> LabelQuery:
    limit = LABELS_PAGE.of(request.page_size)
    violations = Violations()
    violations.text("prefix", request.prefix, maximum=MAX_PREFIX)
    if request.order_by and request.order_by not in list(LabelOrder):
        violations.add("order_by", f"must be one of {', '.join(LabelOrder)}")
    violations.raise_if_any()
    return LabelQuery(
        owner_id=current_principal().user_id,
        kind=kind,
        limit=limit,
        order=LabelOrder(request.order_by or LabelOrder.NAME),
        prefix=request.prefix,
        after=cursor_before(tokens, request.page_token, binding),
    )


def _timeline_query(request: pb.GetTimelineRequest, tokens: PageTokens, binding: str) -> TimelineQuery:
    limit = TIMELINE_PAGE.of(request.page_size)
    violations = Violations()
    if request.unit not in UNITS:
        violations.add("unit", "must be YEAR, MONTH or DAY")
    for name, period in (("first", request.first), ("last", request.last)):
        if period and not is_known_part(period):
            violations.add(name, "must be a year, month or day as 1994, 1994-05 or 1994-05-06")
    if request.order_by not in PERIOD_ORDERS:
        violations.add("order_by", "must be period, with an optional ` desc`")
    violations.raise_if_any()
    return TimelineQuery(
        owner_id=current_principal().user_id,
        unit=UNITS[request.unit],
        limit=limit,
        first=request.first,
        last=request.last,
        descending=PERIOD_ORDERS[request.order_by],
        after=cursor_before(tokens, request.page_token, binding),
    )
