"""The RPCs of AuditService."""

from collections.abc import AsyncGenerator, Awaitable

import grpc

from emo.audit.v1 import audit_pb2 as pb
from emo.audit.v1.audit_pb2_grpc import AuditServiceStub
from emo_grpc.client.calls import Calls
from emo_grpc.client.pages import pages_of


class AuditApi:
    """Typed calls; every one raises EmoClientError. The contract says what each field means."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls) -> None:
        self._stub = AuditServiceStub(channel)
        self._calls = calls

    async def list_my_activity(self, request: pb.ListMyActivityRequest) -> pb.ListMyActivityResponse:
        """ListMyActivity; one page."""
        return await self._calls.authorized(self._stub.ListMyActivity, request)

    def list_my_activity_pages(
        self, request: pb.ListMyActivityRequest
    ) -> AsyncGenerator[pb.ListMyActivityResponse, None]:
        """ListMyActivity, page after page from the one that is asked for."""

        def page_at(token: str) -> Awaitable[pb.ListMyActivityResponse]:
            asked = pb.ListMyActivityRequest()
            asked.CopyFrom(request)
            asked.page_token = token or request.page_token
            return self.list_my_activity(asked)

        return pages_of(page_at)

    async def list_events(self, request: pb.ListAuditEventsRequest) -> pb.ListAuditEventsResponse:
        """ListAuditEvents; one page, for administrators."""
        return await self._calls.authorized(self._stub.ListAuditEvents, request)
