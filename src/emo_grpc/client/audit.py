"""The RPCs of AuditService."""

from collections.abc import AsyncGenerator

import grpc

from emo.audit.v1 import audit_pb2 as pb
from emo.audit.v1.audit_pb2_grpc import AuditServiceStub
from emo_grpc.client.calls import Calls


class AuditApi:
    """Typed calls; every one raises EmoClientError. The contract says what each field means."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls) -> None:
        self._stub = AuditServiceStub(channel)
        self._calls = calls

    async def list_my_activity(self, request: pb.ListMyActivityRequest) -> pb.ListMyActivityResponse:
        """ListMyActivity; one page."""
        return await self._calls.authorized(self._stub.ListMyActivity, request)

    async def list_my_activity_pages(
        self, request: pb.ListMyActivityRequest
    ) -> AsyncGenerator[pb.ListMyActivityResponse, None]:
        """ListMyActivity, page after page from the one that is asked for."""
        following = pb.ListMyActivityRequest()
        following.CopyFrom(request)
        while True:
            page = await self.list_my_activity(following)
            yield page
            following.page_token = page.next_page_token
            if not following.page_token:
                return

    async def list_events(self, request: pb.ListAuditEventsRequest) -> pb.ListAuditEventsResponse:
        """ListAuditEvents; one page, for administrators."""
        return await self._calls.authorized(self._stub.ListAuditEvents, request)
