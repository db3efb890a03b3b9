"""Tags, people, places and the timeline."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from uuid import uuid4

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.client.calls import Calls
from emo_grpc.client.pages import items_of, pages_of


class LabelCalls:
    """Typed calls; every one raises EmoClientError. The contract says what each field means."""

    _stub: AssetsServiceStub
    _calls: Calls

    def tags(self, *, prefix: str = "", order_by: str = "", page_size: int = 0) -> AsyncGenerator[pb.TagCount, None]:
        """ListTags, page after page."""

        def page_at(token: str) -> Awaitable[pb.ListTagsResponse]:
            request = pb.ListTagsRequest(prefix=prefix, order_by=order_by, page_size=page_size, page_token=token)
            return self._calls.authorized(self._stub.ListTags, request)

        return items_of(pages_of(page_at), lambda page: page.tags)

    def people(
        self, *, prefix: str = "", order_by: str = "", page_size: int = 0
    ) -> AsyncGenerator[pb.PersonCount, None]:
        """ListPeople, page after page."""

        def page_at(token: str) -> Awaitable[pb.ListPeopleResponse]:
            request = pb.ListPeopleRequest(prefix=prefix, order_by=order_by, page_size=page_size, page_token=token)
            return self._calls.authorized(self._stub.ListPeople, request)

        return items_of(pages_of(page_at), lambda page: page.people)

    async def most_seen(self, limit: int) -> Sequence[pb.PersonCount]:
        """ListPeople, the first page by count."""
        request = pb.ListPeopleRequest(order_by="count desc", page_size=limit)
        return (await self._calls.authorized(self._stub.ListPeople, request)).people

    async def most_visited(self, limit: int) -> Sequence[pb.PlaceCount]:
        """ListPlaces, the first page by count."""
        request = pb.ListPlacesRequest(order_by="count desc", page_size=limit)
        return (await self._calls.authorized(self._stub.ListPlaces, request)).places

    def places(
        self, *, prefix: str = "", order_by: str = "", page_size: int = 0
    ) -> AsyncGenerator[pb.PlaceCount, None]:
        """ListPlaces, page after page."""

        def page_at(token: str) -> Awaitable[pb.ListPlacesResponse]:
            request = pb.ListPlacesRequest(prefix=prefix, order_by=order_by, page_size=page_size, page_token=token)
            return self._calls.authorized(self._stub.ListPlaces, request)

        return items_of(pages_of(page_at), lambda page: page.places)

    async def rename_tag(self, tag: str, new_tag: str, *, request_id: str = "") -> int:
        """RenameTag; gives how many assets are left."""
        request = pb.RenameTagRequest(tag=tag, new_tag=new_tag, request_id=request_id or str(uuid4()))
        return (await self._calls.authorized(self._stub.RenameTag, request)).remaining_count

    async def rename_person(self, person: str, new_person: str, *, request_id: str = "") -> int:
        """RenamePerson; gives how many assets are left."""
        request = pb.RenamePersonRequest(person=person, new_person=new_person, request_id=request_id or str(uuid4()))
        return (await self._calls.authorized(self._stub.RenamePerson, request)).remaining_count

    async def rename_place(self, location: str, new_location: str, *, request_id: str = "") -> int:
        """RenamePlace; gives how many assets are left."""
        request = pb.RenamePlaceRequest(
            location=location, new_location=new_location, request_id=request_id or str(uuid4())
        )
        return (await self._calls.authorized(self._stub.RenamePlace, request)).remaining_count

    async def timeline(self, request: pb.GetTimelineRequest) -> pb.GetTimelineResponse:
        """GetTimeline, with all periods of all pages."""
        found = pb.GetTimelineResponse()

        def page_at(token: str) -> Awaitable[pb.GetTimelineResponse]:
            asked = pb.GetTimelineRequest()
            asked.CopyFrom(request)
            asked.page_token = token or request.page_token
            return self._calls.authorized(self._stub.GetTimeline, asked)

        async with aclosing(pages_of(page_at)) as pages:
            async for page in pages:
                found.periods.extend(page.periods)
                found.undated_count = page.undated_count
        return found
