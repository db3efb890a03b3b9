"""The RPCs of UsersService."""

from collections.abc import AsyncGenerator, Sequence
from uuid import uuid4

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from emo.users.v1 import users_pb2 as pb
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client.calls import Calls
from emo_grpc.client.credentials import CredentialsStore, MemoryCredentialsStore
from emo_grpc.client.pages import items_of, pages_of


class UsersApi:
    """Typed calls; every one raises EmoClientError. The contract says what each field means."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls, store: CredentialsStore | None = None) -> None:
        self._stub = UsersServiceStub(channel)
        self._calls = calls
        self._store = store or MemoryCredentialsStore()

    async def register(
        self, username: str, email: str, password: str, *, public_name: str = "", locale: str = "", request_id: str = ""
    ) -> str:
        """RegisterUser; gives the user's id. Makes one account, also when it is sent again: see `request_id` there."""
        request = pb.RegisterUserRequest(
            username=username,
            email=email,
            password=password,
            public_name=public_name,
            locale=locale,
            request_id=request_id or str(uuid4()),
        )
        return (await self._calls.public(self._stub.RegisterUser, request)).user_id

    async def activate(self, activation_token: str) -> None:
        """ActivateUser."""
        await self._calls.public(self._stub.ActivateUser, pb.ActivateUserRequest(activation_token=activation_token))

    async def resend_activation(self, email: str) -> None:
        """ResendActivation."""
        await self._calls.public(self._stub.ResendActivation, pb.ResendActivationRequest(email=email))

    async def login(
        self, identifier: str, password: str, *, device_id: str = "", scopes: Sequence[str] = ()
    ) -> pb.Tokens:
        """Login; `identifier` is a username, or an e-mail address if there is an @ in it."""
        return (await self.login_on_device(identifier, password, device_id=device_id, scopes=scopes)).tokens

    async def login_on_device(
        self,
        identifier: str,
        password: str,
        *,
        device_id: str = "",
        device_token: str = "",
        scopes: Sequence[str] = (),
    ) -> pb.LoginResponse:
        """Login with the device token of an earlier one, if there is one; the answer has the next."""
        request = pb.LoginRequest(password=password, device_id=device_id, device_token=device_token, scopes=scopes)
        if "@" in identifier:
            request.email = identifier
        else:
            request.username = identifier
        return await self._calls.public(self._stub.Login, request)

    async def logout(self, refresh_token: str) -> None:
        """Logout."""
        await self._calls.public(self._stub.Logout, pb.LogoutRequest(refresh_token=refresh_token))

    async def exchange_token(self, request: pb.ExchangeTokenRequest) -> pb.ExchangeTokenResponse:
        """ExchangeToken; a client with a `service_key` does it by itself."""
        return await self._calls.public(self._stub.ExchangeToken, request)

    async def request_password_reset(self, email: str) -> None:
        """RequestPasswordReset."""
        await self._calls.public(self._stub.RequestPasswordReset, pb.RequestPasswordResetRequest(email=email))

    async def reset_password(self, reset_token: str, new_password: str) -> None:
        """ResetPassword."""
        request = pb.ResetPasswordRequest(reset_token=reset_token, new_password=new_password)
        await self._calls.public(self._stub.ResetPassword, request)

    async def request_email_change(self, new_email: str) -> None:
        """RequestEmailChange."""
        await self._calls.authorized(self._stub.RequestEmailChange, pb.RequestEmailChangeRequest(new_email=new_email))

    async def confirm_email_change(self, confirmation_token: str) -> None:
        """ConfirmEmailChange."""
        request = pb.ConfirmEmailChangeRequest(confirmation_token=confirmation_token)
        await self._calls.public(self._stub.ConfirmEmailChange, request)

    async def undo_email_change(self, undo_token: str) -> None:
        """UndoEmailChange."""
        await self._calls.public(self._stub.UndoEmailChange, pb.UndoEmailChangeRequest(undo_token=undo_token))

    async def my_id(self) -> str:
        """The id of the user whose things calls are about, by GetMe if nothing else tells it."""
        return await self._calls.session.user_id() or (await self.get_me()).user_id

    async def get_me(self) -> pb.User:
        """GetMe."""
        return (await self.get_account()).user

    async def get_account(self) -> pb.GetMeResponse:
        """GetMe, with the identities that may use the account."""
        return await self._calls.authorized(self._stub.GetMe, pb.GetMeRequest())

    async def update_me(self, user: pb.User, paths: Sequence[str] = ()) -> None:
        """UpdateMe; `paths` are the fields to change, empty = all that are set."""
        request = pb.UpdateMeRequest(user=user, update_mask=FieldMask(paths=paths))
        await self._calls.authorized(self._stub.UpdateMe, request)

    async def change_password(self, old_password: str, new_password: str) -> None:
        """ChangePassword; this device stays known to the server, by whichever name it logged in."""
        me = await self.get_me()
        names = (me.username, me.email)
        tokens = [await self._store.device_token(name) for name in names]
        request = pb.ChangePasswordRequest(
            old_password=old_password, new_password=new_password, device_token=next(filter(None, tokens), "")
        )
        answer = await self._calls.authorized(self._stub.ChangePassword, request)
        for name in names if answer.device_token else ():
            await self._store.keep_device_token(name, answer.device_token)

    async def delete_me(self, password: str) -> None:
        """DeleteMe."""
        await self._calls.authorized(self._stub.DeleteMe, pb.DeleteMeRequest(password=password))

    async def list_sessions(self, *, page_size: int = 0, page_token: str = "") -> pb.ListSessionsResponse:
        """ListSessions; one page."""
        request = pb.ListSessionsRequest(page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListSessions, request)

    def list_all_sessions(self, *, page_size: int = 0) -> AsyncGenerator[pb.Session, None]:
        """ListSessions, page after page; what the server can't read is left out."""
        pages = pages_of(lambda token: self.list_sessions(page_size=page_size, page_token=token))
        return items_of(pages, lambda page: page.sessions)

    async def revoke_session(self, session_id: str) -> None:
        """RevokeSession."""
        await self._calls.authorized(self._stub.RevokeSession, pb.RevokeSessionRequest(session_id=session_id))

    async def list_users(self, *, page_size: int = 0, page_token: str = "") -> pb.ListUsersResponse:
        """ListUsers; one page, for administrators."""
        request = pb.ListUsersRequest(page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListUsers, request)

    async def get_user(self, user_id: str) -> pb.User:
        """GetUser, for administrators."""
        return (await self._calls.authorized(self._stub.GetUser, pb.GetUserRequest(user_id=user_id))).user

    async def create_user(
        self,
        username: str,
        email: str,
        password: str = "",
        *,
        public_name: str = "",
        locale: str = "",
        request_id: str = "",
    ) -> str:
        """CreateUser, for administrators and services; gives the user's id. Makes one account, also if sent again."""
        request = pb.CreateUserRequest(
            username=username,
            email=email,
            password=password,
            public_name=public_name,
            locale=locale,
            request_id=request_id or str(uuid4()),
        )
        return (await self._calls.authorized(self._stub.CreateUser, request)).user_id

    async def set_user_state(self, user_id: str, state: pb.UserState.ValueType) -> None:
        """SetUserState, for administrators."""
        request = pb.SetUserStateRequest(user_id=user_id, state=state)
        await self._calls.authorized(self._stub.SetUserState, request)

    async def set_user_roles(self, user_id: str, roles: Sequence[pb.Role.ValueType]) -> None:
        """SetUserRoles, for administrators."""
        request = pb.SetUserRolesRequest(user_id=user_id, roles=roles)
        await self._calls.authorized(self._stub.SetUserRoles, request)

    async def remove_user(self, user_id: str, reason: str = "") -> None:
        """RemoveUser, for administrators."""
        await self._calls.authorized(self._stub.RemoveUser, pb.RemoveUserRequest(user_id=user_id, reason=reason))
