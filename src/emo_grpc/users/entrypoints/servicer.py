"""UsersService: each RPC from its message to its handler or view, and back."""

from typing import Any, Final

import grpc

from emo.users.v1 import users_pb2 as pb
from emo.users.v1 import users_pb2_grpc
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.call import current_caller, current_peer, current_principal
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before, next_page_token
from emo_grpc.users.domain import commands, recovery_commands, session_commands
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.entrypoints import translate
from emo_grpc.users.entrypoints.exchange import exchange_command, exchange_response
from emo_grpc.users.entrypoints.present import identity_message, session_message, tokens_message, user_message
from emo_grpc.users.service_layer.views import UserViews

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

USERS_PAGE: Final = PageSize(default=50, maximum=1000)
SESSIONS_PAGE: Final = PageSize(default=50, maximum=100)


class UsersServicer(users_pb2_grpc.UsersServiceServicer):
    """The users context over gRPC."""

    def __init__(self, *, bus: MessageBus, views: UserViews, page_tokens: PageTokens) -> None:
        self._bus = bus
        self._views = views
        self._page_tokens = page_tokens

    async def RegisterUser(self, request: pb.RegisterUserRequest, context: Context) -> pb.RegisterUserResponse:
        """Make an account."""
        user_id = await self._bus.handle(translate.register_user(request, current_peer()))
        return pb.RegisterUserResponse(user_id=str(user_id))

    async def ActivateUser(self, request: pb.ActivateUserRequest, context: Context) -> pb.ActivateUserResponse:
        """Activate an account with a mailed token."""
        await self._bus.handle(commands.ActivateUser(activation_token=request.activation_token))
        return pb.ActivateUserResponse()

    async def ResendActivation(
        self, request: pb.ResendActivationRequest, context: Context
    ) -> pb.ResendActivationResponse:
        """Mail another activation token."""
        await self._bus.handle(recovery_commands.ResendActivation(email=request.email, peer=current_peer()))
        return pb.ResendActivationResponse()

    async def Login(self, request: pb.LoginRequest, context: Context) -> pb.LoginResponse:
        """Begin a session."""
        tokens = await self._bus.handle(translate.log_in(request, current_peer()))
        return pb.LoginResponse(tokens=tokens_message(tokens), device_token=tokens.device_token)

    async def RefreshTokens(self, request: pb.RefreshTokensRequest, context: Context) -> pb.RefreshTokensResponse:
        """Go on with a session."""
        tokens = await self._bus.handle(session_commands.RefreshTokens(refresh_token=request.refresh_token))
        return pb.RefreshTokensResponse(tokens=tokens_message(tokens))

    async def Logout(self, request: pb.LogoutRequest, context: Context) -> pb.LogoutResponse:
        """End a session."""
        await self._bus.handle(session_commands.LogOut(refresh_token=request.refresh_token))
        return pb.LogoutResponse()

    async def ExchangeToken(self, request: pb.ExchangeTokenRequest, context: Context) -> pb.ExchangeTokenResponse:
        """Give an access token for a key, or for a token of another party."""
        exchanged = await self._bus.handle(exchange_command(request, current_peer()))
        return exchange_response(exchanged)

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Context
    ) -> pb.RequestPasswordResetResponse:
        """Mail a reset token."""
        await self._bus.handle(recovery_commands.RequestPasswordReset(email=request.email, peer=current_peer()))
        return pb.RequestPasswordResetResponse()

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> pb.ResetPasswordResponse:
        """Have another password by a mailed token."""
        await self._bus.handle(translate.reset_password(request, current_peer()))
        return pb.ResetPasswordResponse()

    async def GetMe(self, request: pb.GetMeRequest, context: Context) -> pb.GetMeResponse:
        """Show the caller's account."""
        user = await self._views.user(current_principal().user_id)
        identities = await self._views.identities(user.user_id)
        return pb.GetMeResponse(user=user_message(user), identities=map(identity_message, identities))

    async def UpdateMe(self, request: pb.UpdateMeRequest, context: Context) -> pb.UpdateMeResponse:
        """Change the caller's account."""
        await self._bus.handle(translate.update_me(request, current_principal().user_id))
        return pb.UpdateMeResponse()

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> pb.ChangePasswordResponse:
        """Have another password."""
        command = translate.change_password(request, current_principal(), current_peer())
        return pb.ChangePasswordResponse(device_token=await self._bus.handle(command))

    async def RequestEmailChange(
        self, request: pb.RequestEmailChangeRequest, context: Context
    ) -> pb.RequestEmailChangeResponse:
        """Mail a token to another address."""
        await self._bus.handle(translate.request_email_change(request, current_principal(), current_peer()))
        return pb.RequestEmailChangeResponse()

    async def ConfirmEmailChange(
        self, request: pb.ConfirmEmailChangeRequest, context: Context
    ) -> pb.ConfirmEmailChangeResponse:
        """Have another address by the token mailed there."""
        await self._bus.handle(recovery_commands.ConfirmEmailChange(confirmation_token=request.confirmation_token))
        return pb.ConfirmEmailChangeResponse()

    async def UndoEmailChange(self, request: pb.UndoEmailChangeRequest, context: Context) -> pb.UndoEmailChangeResponse:
        """Have the former address by the token mailed there."""
        await self._bus.handle(recovery_commands.UndoEmailChange(undo_token=request.undo_token))
        return pb.UndoEmailChangeResponse()

    async def DeleteMe(self, request: pb.DeleteMeRequest, context: Context) -> pb.DeleteMeResponse:
        """Remove the caller's account."""
        await self._bus.handle(commands.DeleteMe(user_id=current_principal().user_id, password=request.password))
        return pb.DeleteMeResponse()

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        """Show a page of the caller's sessions."""
        caller = current_principal()
        binding = f"ListSessions {caller.user_id}"
        limit = SESSIONS_PAGE.of(request.page_size)
        after = cursor_before(self._page_tokens, request.page_token, binding)
        page = await self._views.sessions(caller.user_id, limit=limit, after=after)
        return pb.ListSessionsResponse(
            sessions=[session_message(session, caller.session_id) for session in page.items],
            next_page_token=next_page_token(self._page_tokens, page.cursor, binding),
            unreadable_session_ids=map(str, page.unreadable),
        )

    async def RevokeSession(self, request: pb.RevokeSessionRequest, context: Context) -> pb.RevokeSessionResponse:
        """End one of the caller's sessions."""
        session_id = SessionId.parse(request.session_id, "session_id")
        await self._bus.handle(
            session_commands.RevokeSession(user_id=current_principal().user_id, session_id=session_id)
        )
        return pb.RevokeSessionResponse()

    async def ListUsers(self, request: pb.ListUsersRequest, context: Context) -> pb.ListUsersResponse:
        """Show a page of all accounts."""
        binding = f"ListUsers {current_caller()}"
        limit = USERS_PAGE.of(request.page_size)
        after = cursor_before(self._page_tokens, request.page_token, binding)
        page = await self._views.users(limit=limit, after=after)
        return pb.ListUsersResponse(
            users=[user_message(user) for user in page.items],
            next_page_token=next_page_token(self._page_tokens, page.cursor, binding),
            unreadable_user_ids=map(str, page.unreadable),
        )

    async def GetUser(self, request: pb.GetUserRequest, context: Context) -> pb.GetUserResponse:
        """Show any account."""
        user = await self._views.user(UserId.parse(request.user_id, "user_id"))
        identities = await self._views.identities(user.user_id)
        return pb.GetUserResponse(user=user_message(user), identities=map(identity_message, identities))

    async def CreateUser(self, request: pb.CreateUserRequest, context: Context) -> pb.CreateUserResponse:
        """Make an active account for a person."""
        user_id = await self._bus.handle(translate.create_user(request))
        return pb.CreateUserResponse(user_id=str(user_id))

    async def SetUserState(self, request: pb.SetUserStateRequest, context: Context) -> pb.SetUserStateResponse:
        """Enable or disable an account."""
        await self._bus.handle(translate.set_user_state(request))
        return pb.SetUserStateResponse()

    async def SetUserRoles(self, request: pb.SetUserRolesRequest, context: Context) -> pb.SetUserRolesResponse:
        """Replace an account's roles."""
        await self._bus.handle(translate.set_user_roles(request))
        return pb.SetUserRolesResponse()

    async def RemoveUser(self, request: pb.RemoveUserRequest, context: Context) -> pb.RemoveUserResponse:
        """Remove any account."""
        await self._bus.handle(translate.remove_user(request))
        return pb.RemoveUserResponse()
