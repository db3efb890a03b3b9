"""AuditService: each RPC from its message to its view, and back."""

from typing import Any, Final

import grpc

from emo.audit.v1 import audit_pb2 as pb
from emo.audit.v1 import audit_pb2_grpc
from emo_grpc.audit.domain.selection import Selection
from emo_grpc.audit.entrypoints.present import event_message, own_event_message
from emo_grpc.audit.entrypoints.translate import all_events, own_events
from emo_grpc.audit.service_layer.views import AuditEvent, AuditViews
from emo_grpc.shared.entrypoints.call import current_caller, current_principal
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before, next_page_token
from emo_grpc.shared.service_layer.pages import Page

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]
ListRequest = pb.ListAuditEventsRequest | pb.ListMyActivityRequest

PAGE: Final = PageSize(default=50, maximum=1000)


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """The audit trail over gRPC."""

    def __init__(self, *, views: AuditViews, page_tokens: PageTokens) -> None:
        self._views = views
        self._page_tokens = page_tokens

    async def ListAuditEvents(self, request: pb.ListAuditEventsRequest, context: Context) -> pb.ListAuditEventsResponse:
        """Show a page of the events of all accounts."""
        page, token = await self._page(request, all_events(request), current_caller())
        return pb.ListAuditEventsResponse(
            events=map(event_message, page.items),
            next_page_token=token,
            unreadable_event_ids=map(str, page.unreadable),
        )

    async def ListMyActivity(self, request: pb.ListMyActivityRequest, context: Context) -> pb.ListMyActivityResponse:
        """Show a page of the events of the caller's account."""
        caller = current_principal().user_id
        page, token = await self._page(request, own_events(request, caller), str(caller))
        return pb.ListMyActivityResponse(
            events=[own_event_message(event, caller) for event in page.items],
            next_page_token=token,
            unreadable_event_ids=map(str, page.unreadable),
        )

    async def _page(self, request: ListRequest, selection: Selection, caller: str) -> tuple[Page[AuditEvent], str]:
        binding = binding_of(request, caller)
        after = cursor_before(self._page_tokens, request.page_token, binding)
        page = await self._views.events(selection, limit=PAGE.of(request.page_size), after=after)
        return page, next_page_token(self._page_tokens, page.cursor, binding)
