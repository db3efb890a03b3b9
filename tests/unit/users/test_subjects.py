"""Which commands take turns once they met."""

from collections.abc import Callable

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.users.domain.commands import DeleteMe, RegisterUser, RemoveUser, SetUserRoles, SetUserState, UpdateMe
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    RequestEmailChange,
    RequestPasswordReset,
    ResendActivation,
    ResetPassword,
    UndoEmailChange,
)
from emo_grpc.users.domain.session_commands import ChangePassword, LogIn, LogOut, RefreshTokens, RevokeSession
from emo_grpc.users.domain.user import Role, UserState

PASSWORD = "correct horse battery"
PEOPLE = UserId.new(), UserId.new()
SESSION = SessionId.new()


@pytest.mark.parametrize("user_id", PEOPLE)
def test_an_account_has_turns_of_its_own(user_id: UserId) -> None:
    """What changes an account takes turns with all that does, and with nothing of another account."""
    commands: list[Command[object]] = [
        UpdateMe(user_id=user_id),
        DeleteMe(user_id=user_id, password=PASSWORD),
        SetUserState(user_id=user_id, state=UserState.DISABLED),
        SetUserRoles(user_id=user_id, roles=frozenset({Role.USER})),
        RemoveUser(user_id=user_id),
        ChangePassword(user_id=user_id, session_id=SESSION, old_password=PASSWORD, new_password=PASSWORD + "!"),
        RevokeSession(user_id=user_id, session_id=SESSION),
        RequestEmailChange(user_id=user_id, new_email="ana@example.org"),
    ]
    assert {command.subject for command in commands} == {user_id}


@pytest.mark.parametrize(
    "command_of",
    [
        lambda name: LogIn(identifier=name, password=PASSWORD),
        lambda name: RegisterUser(username=name, email=f"{name}@example.org", password=PASSWORD),
        lambda name: RefreshTokens(refresh_token=name),
        lambda name: LogOut(refresh_token=name),
        lambda name: ResendActivation(email=f"{name}@example.org"),
        lambda name: RequestPasswordReset(email=f"{name}@example.org"),
        lambda name: ResetPassword(reset_token=name, new_password=PASSWORD),
        lambda name: ConfirmEmailChange(confirmation_token=name),
        lambda name: UndoEmailChange(undo_token=name),
    ],
    ids=["log in", "register", "refresh", "log out", "resend", "ask to reset", "reset", "confirm", "undo"],
)
def test_who_has_no_id_yet(command_of: Callable[[str], Command[object]]) -> None:
    """Somebody who is known by a name or a token does not wait for others, either."""
    assert command_of("ana").subject == command_of("ana").subject != command_of("ben").subject
