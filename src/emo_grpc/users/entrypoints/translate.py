"""From the contract's messages to commands. All that is wrong with a request is named at once."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from emo.users.v1 import users_pb2
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.principal import Principal
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import commands, recovery_commands, session_commands
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import Role, UserState

ROLES: Final = {users_pb2.ROLE_USER: Role.USER, users_pb2.ROLE_ADMIN: Role.ADMIN}
STATES: Final = {
    users_pb2.USER_STATE_PENDING: UserState.PENDING,
    users_pb2.USER_STATE_ACTIVE: UserState.ACTIVE,
    users_pb2.USER_STATE_DISABLED: UserState.DISABLED,
}
CHANGEABLE: Final = ("username", "public_name", "locale")
UNREADABLE: Final = UserId(UUID(int=0))
"""Stands for an id that can't be read, so that the other fields are checked too."""


def register_user(request: users_pb2.RegisterUserRequest, peer: str) -> commands.RegisterUser:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    text = request.request_id
    request_id = violations.parse(lambda: RequestId.parse(text, "request_id")) if text else None
    return violations.finish(
        lambda: commands.RegisterUser(
            username=request.username,
            email=request.email,
            password=request.password,
            public_name=request.public_name,
            locale=request.locale,
            request_id=request_id,
            peer=peer,
        ),
    )


def create_user(request: users_pb2.CreateUserRequest) -> commands.CreateUser:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    text = request.request_id
    request_id = violations.parse(lambda: RequestId.parse(text, "request_id")) if text else None
    return violations.finish(
        lambda: commands.CreateUser(
            username=request.username,
            email=request.email,
            password=request.password or None,
            public_name=request.public_name,
            locale=request.locale,
            request_id=request_id,
        ),
    )


def log_in(request: users_pb2.LoginRequest, peer: str) -> session_commands.LogIn:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    kind = request.WhichOneof("identifier")
    if kind is None:
        violations.add("identifier", "must be given: email or username")
    return violations.finish(
        lambda: session_commands.LogIn(
            # A stand-in where there is none lets the other fields be checked too.
            identifier="none" if kind is None else str(getattr(request, kind)),
            identified_by=kind or "username",
            password=request.password,
            device_id=request.device_id,
            device_token=request.device_token,
            scopes=frozenset(request.scopes),
            peer=peer,
        ),
    )


def update_me(request: users_pb2.UpdateMeRequest, user_id: UserId) -> commands.UpdateMe:
    """Read the request; raises InvalidArgument. No mask means all that are set."""
    violations = Violations()
    paths = set(request.update_mask.paths)
    if paths - set(CHANGEABLE):
        violations.add("update_mask", f"must be of {', '.join(CHANGEABLE)}")
    given = {name: str(getattr(request.user, name)) for name in CHANGEABLE}
    new = {name: value for name, value in given.items() if (name in paths if paths else value)}
    return violations.finish(
        lambda: commands.UpdateMe(
            user_id=user_id,
            etag=request.user.etag,
            username=new.get("username"),
            public_name=new.get("public_name"),
            locale=new.get("locale"),
        ),
    )


def change_password(
    request: users_pb2.ChangePasswordRequest, caller: Principal, peer: str
) -> session_commands.ChangePassword:
    """Read the request; raises InvalidArgument."""
    return session_commands.ChangePassword(
        user_id=caller.user_id,
        session_id=SessionId(caller.session_id),
        old_password=request.old_password,
        new_password=request.new_password,
        device_token=request.device_token,
        peer=peer,
    )


def reset_password(request: users_pb2.ResetPasswordRequest, peer: str) -> recovery_commands.ResetPassword:
    """Read the request; raises InvalidArgument."""
    return recovery_commands.ResetPassword(
        reset_token=request.reset_token, new_password=request.new_password, peer=peer
    )


def request_email_change(
    request: users_pb2.RequestEmailChangeRequest, caller: Principal, peer: str
) -> recovery_commands.RequestEmailChange:
    """Read the request; raises InvalidArgument."""
    return recovery_commands.RequestEmailChange(user_id=caller.user_id, new_email=request.new_email, peer=peer)


def set_user_state(request: users_pb2.SetUserStateRequest) -> commands.SetUserState:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    user_id = violations.parse(lambda: UserId.parse(request.user_id, "user_id")) or UNREADABLE
    # PENDING, which the command refuses, stands for every value that is not known.
    state = STATES.get(request.state, UserState.PENDING)
    return violations.finish(lambda: commands.SetUserState(user_id=user_id, state=state))


def set_user_roles(request: users_pb2.SetUserRolesRequest) -> commands.SetUserRoles:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    user_id = violations.parse(lambda: UserId.parse(request.user_id, "user_id")) or UNREADABLE
    if set(request.roles) - set(ROLES):
        violations.add("roles", "must be of ROLE_USER, ROLE_ADMIN")
    roles = _roles(request.roles)
    return violations.finish(lambda: commands.SetUserRoles(user_id=user_id, roles=roles))


def remove_user(request: users_pb2.RemoveUserRequest) -> commands.RemoveUser:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    user_id = violations.parse(lambda: UserId.parse(request.user_id, "user_id")) or UNREADABLE
    return violations.finish(lambda: commands.RemoveUser(user_id=user_id, reason=request.reason))


def _roles(values: Iterable[users_pb2.Role.ValueType]) -> frozenset[Role]:
    return frozenset(ROLES[value] for value in values if value in ROLES)
