"""Accounts and sessions in words."""

from typing import Final

from emo.users.v1.users_pb2 import Role, Session, User, UserState
from emo_grpc.cli.terminal.printing import enum_text, time_text

SESSION_HEADINGS: Final = ("ID", "Device", "Since", "Last used", "Ends", "")
SPARE: Final = ("Ends", "Since")


def user_facts(user: User) -> list[tuple[str, str]]:
    """What `emo me` shows."""
    return [
        ("id", user.user_id),
        ("username", user.username),
        ("e-mail", user.email),
        ("name", user.public_name),
        ("language", user.locale),
        ("state", enum_text(UserState.DESCRIPTOR, user.state, "USER_STATE_")),
        ("roles", ", ".join(enum_text(Role.DESCRIPTOR, role, "ROLE_") for role in user.roles)),
        ("since", time_text(user.create_time)),
    ]


def session_row(session: Session) -> list[str]:
    """One line of `emo sessions`."""
    return [
        session.session_id,
        session.device_id,
        time_text(session.create_time),
        time_text(session.last_used_time),
        time_text(session.expire_time),
        "this one" if session.current else "",
    ]
