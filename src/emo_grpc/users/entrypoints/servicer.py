"""emo.users.v1.UsersService: every RPC is read, handed on and answered, and nothing more."""

from typing import Any

import grpc

from emo.users.v1 import users_pb2 as pb
from emo.users.v1 import users_pb2_grpc
from emo_grpc.shared.domain.errors import Unimplemented
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.call import current_peer
from emo_grpc.shared.entrypoints.principal import current_principal
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.users.domain import commands, session_commands
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.entrypoints import translate
from emo_grpc.users.entrypoints.present import session_message, tokens_message, user_message
from emo_grpc.users.service_layer.views import UsersViews

# Any: no method here looks at its context; what it needs comes from the interceptors.
Context = grpc.aio.ServicerContext[Any, Any]


class UsersServicer(users_pb2_grpc.UsersServiceServicer):
    """See the contract, protos/emo/users/v1/users.proto, for what each RPC does."""

    def __init__(self, bus: MessageBus, views: UsersViews) -> None:
        self._bus = bus
        self._views = views

    async def RegisterUser(self, request: pb.RegisterUserRequest, context: Context) -> pb.RegisterUserResponse:
        """See the contract."""
        user_id = await self._bus.handle(translate.register_user(request))
        return pb.RegisterUserResponse(user_id=str(user_id))

    async def ActivateUser(self, request: pb.ActivateUserRequest, context: Context) -> pb.ActivateUserResponse:
        """See the contract."""
        await self._bus.handle(commands.ActivateUser(activation_token=request.activation_token))
        return pb.ActivateUserResponse()

    async def ResendActivation(
        self, request: pb.ResendActivationRequest, context: Context
    ) -> pb.ResendActivationResponse:
        """See the contract."""
        raise _later()

    async def Login(self, request: pb.LoginRequest, context: Context) -> pb.LoginResponse:
        """See the contract."""
        tokens = await self._bus.handle(translate.log_in(request, current_peer()))
        return pb.LoginResponse(tokens=tokens_message(tokens))

    async def RefreshTokens(self, request: pb.RefreshTokensRequest, context: Context) -> pb.RefreshTokensResponse:
        """See the contract."""
        tokens = await self._bus.handle(session_commands.RefreshTokens(refresh_token=request.refresh_token))
        return pb.RefreshTokensResponse(tokens=tokens_message(tokens))

    async def Logout(self, request: pb.LogoutRequest, context: Context) -> pb.LogoutResponse:
        """See the contract."""
        await self._bus.handle(session_commands.LogOut(refresh_token=request.refresh_token))
        return pb.LogoutResponse()

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Context
    ) -> pb.RequestPasswordResetResponse:
        """See the contract."""
        raise _later()

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> pb.ResetPasswordResponse:
        """See the contract."""
        raise _later()

    async def GetMe(self, request: pb.GetMeRequest, context: Context) -> pb.GetMeResponse:
        """See the contract."""
        user = await self._views.user(current_principal().user_id)
        return pb.GetMeResponse(user=user_message(user))

    async def UpdateMe(self, request: pb.UpdateMeRequest, context: Context) -> pb.UpdateMeResponse:
        """See the contract."""
        await self._bus.handle(translate.update_me(request, current_principal().user_id))
        return pb.UpdateMeResponse()

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> pb.ChangePasswordResponse:
        """See the contract."""
        await self._bus.handle(translate.change_password(request, current_principal()))
        return pb.ChangePasswordResponse()

    async def DeleteMe(self, request: pb.DeleteMeRequest, context: Context) -> pb.DeleteMeResponse:
        """See the contract."""
        await self._bus.handle(commands.DeleteMe(user_id=current_principal().user_id, password=request.password))
        return pb.DeleteMeResponse()

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        """See the contract."""
        caller = current_principal()
        translate.check_page_size(request.page_size)
        page = await self._views.sessions(caller.user_id, page_size=request.page_size, page_token=request.page_token)
        return pb.ListSessionsResponse(
            sessions=[session_message(session, caller.session_id) for session in page.items],
            next_page_token=page.next_page_token,
            unreadable_session_ids=map(str, page.unreadable),
        )

    async def RevokeSession(self, request: pb.RevokeSessionRequest, context: Context) -> pb.RevokeSessionResponse:
        """See the contract."""
        session_id = SessionId.parse(request.session_id, "session_id")
        await self._bus.handle(
            session_commands.RevokeSession(user_id=current_principal().user_id, session_id=session_id)
        )
        return pb.RevokeSessionResponse()

    async def ListUsers(self, request: pb.ListUsersRequest, context: Context) -> pb.ListUsersResponse:
        """See the contract."""
        translate.check_page_size(request.page_size)
        page = await self._views.users(
            current_principal().user_id, page_size=request.page_size, page_token=request.page_token
        )
        return pb.ListUsersResponse(
            users=[user_message(user) for user in page.items],
            next_page_token=page.next_page_token,
            unreadable_user_ids=map(str, page.unreadable),
        )

    async def GetUser(self, request: pb.GetUserRequest, context: Context) -> pb.GetUserResponse:
        """See the contract."""
        user = await self._views.user(UserId.parse(request.user_id, "user_id"))
        return pb.GetUserResponse(user=user_message(user))

    async def SetUserState(self, request: pb.SetUserStateRequest, context: Context) -> pb.SetUserStateResponse:
        """See the contract."""
        await self._bus.handle(translate.set_user_state(request))
        return pb.SetUserStateResponse()

    async def SetUserRoles(self, request: pb.SetUserRolesRequest, context: Context) -> pb.SetUserRolesResponse:
        """See the contract."""
        await self._bus.handle(translate.set_user_roles(request))
        return pb.SetUserRolesResponse()

    async def RemoveUser(self, request: pb.RemoveUserRequest, context: Context) -> pb.RemoveUserResponse:
        """See the contract."""
        await self._bus.handle(translate.remove_user(request))
        return pb.RemoveUserResponse()


def _later() -> Unimplemented:
    return Unimplemented("this version of the server does not offer it yet")
