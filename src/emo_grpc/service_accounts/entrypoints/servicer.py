"""ServiceAccountsService: each RPC from its message to its handler or view, and back."""

from typing import Any, Final

import grpc

from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo.service_accounts.v1 import service_accounts_pb2_grpc
from emo_grpc.service_accounts.domain import commands
from emo_grpc.service_accounts.entrypoints import translate
from emo_grpc.service_accounts.entrypoints.present import service_account_message
from emo_grpc.service_accounts.service_layer.views import ServiceAccountViews
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.entrypoints.call import current_caller
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before, next_page_token

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

PAGE: Final = PageSize(default=50, maximum=100)


class ServiceAccountsServicer(service_accounts_pb2_grpc.ServiceAccountsServiceServicer):
    """The service_accounts context over gRPC."""

    def __init__(self, *, bus: MessageBus, views: ServiceAccountViews, page_tokens: PageTokens) -> None:
        self._bus = bus
        self._views = views
        self._page_tokens = page_tokens

    async def CreateServiceAccount(
        self, request: pb.CreateServiceAccountRequest, context: Context
    ) -> pb.CreateServiceAccountResponse:
        """Make a service account."""
        service_account_id = await self._bus.handle(translate.create_service_account(request))
        return pb.CreateServiceAccountResponse(service_account_id=str(service_account_id))

    async def GetServiceAccount(
        self, request: pb.GetServiceAccountRequest, context: Context
    ) -> pb.GetServiceAccountResponse:
        """Show any service account."""
        account = await self._views.service_account(_service_account_id(request.service_account_id))
        return pb.GetServiceAccountResponse(service_account=service_account_message(account))

    async def ListServiceAccounts(
        self, request: pb.ListServiceAccountsRequest, context: Context
    ) -> pb.ListServiceAccountsResponse:
        """Show a page of all service accounts."""
        binding = f"ListServiceAccounts {current_caller()}"
        limit = PAGE.of(request.page_size)
        after = cursor_before(self._page_tokens, request.page_token, binding)
        page = await self._views.service_accounts(limit=limit, after=after)
        return pb.ListServiceAccountsResponse(
            service_accounts=map(service_account_message, page.items),
            next_page_token=next_page_token(self._page_tokens, page.cursor, binding),
            unreadable_service_account_ids=map(str, page.unreadable),
        )

    async def UpdateServiceAccount(
        self, request: pb.UpdateServiceAccountRequest, context: Context
    ) -> pb.UpdateServiceAccountResponse:
        """Change a service account."""
        await self._bus.handle(translate.update_service_account(request))
        return pb.UpdateServiceAccountResponse()

    async def RemoveServiceAccount(
        self, request: pb.RemoveServiceAccountRequest, context: Context
    ) -> pb.RemoveServiceAccountResponse:
        """Remove a service account."""
        service_account_id = _service_account_id(request.service_account_id)
        await self._bus.handle(commands.RemoveServiceAccount(service_account_id=service_account_id))
        return pb.RemoveServiceAccountResponse()

    async def CreateServiceKey(
        self, request: pb.CreateServiceKeyRequest, context: Context
    ) -> pb.CreateServiceKeyResponse:
        """Make a key."""
        key = await self._bus.handle(translate.create_service_key(request))
        return pb.CreateServiceKeyResponse(key_id=str(key.key_id), service_key=key.text)

    async def RevokeServiceKey(
        self, request: pb.RevokeServiceKeyRequest, context: Context
    ) -> pb.RevokeServiceKeyResponse:
        """Drop a key."""
        await self._bus.handle(translate.revoke_service_key(request))
        return pb.RevokeServiceKeyResponse()


def _service_account_id(text: str) -> ActorId:
    return ActorId.parse(text, "service_account_id")
