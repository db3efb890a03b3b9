"""Prints accounts and sessions."""

from collections.abc import Sequence
from typing import Final

from emo.users.v1.users_pb2 import GetMeResponse, LinkedIdentity, Role, Session, User, UserState
from emo_grpc.cli.terminal.message_texts import as_dict, enum_text, time_text
from emo_grpc.cli.terminal.printing import listed, print_facts, print_json, print_rows

SESSION_HEADINGS: Final = ("ID", "Device", "Since", "Last used", "Ends", "")


def print_account(account: GetMeResponse, *, as_json: bool) -> None:
    """Print what `emo account` shows."""
    linked = list(map(as_dict, account.identities))
    if as_json:
        print_json(as_dict(account.user) | ({"identities": linked} if linked else {}))
    else:
        print_facts([*_facts(account.user), *map(_identity_fact, account.identities)])


def print_sessions(sessions: Sequence[Session], *, as_json: bool) -> None:
    """Print what `emo sessions` lists."""
    if as_json:
        print_json([as_dict(session) for session in sessions])
    else:
        print_rows(SESSION_HEADINGS, map(session_row, sessions), short=True)


def _facts(user: User) -> list[tuple[str, str]]:
    return [
        ("id", user.user_id),
        ("username", user.username),
        ("e-mail", user.email),
        ("name", user.public_name),
        ("language", user.locale),
        ("state", enum_text(UserState.DESCRIPTOR, user.state, "USER_STATE_")),
        ("roles", listed(enum_text(Role.DESCRIPTOR, role, "ROLE_") for role in user.roles)),
        ("since", time_text(user.create_time)),
    ]


def _identity_fact(identity: LinkedIdentity) -> tuple[str, str]:
    return "log in at", f"{identity.issuer} as {identity.external_id}, since {time_text(identity.link_time)}"


def session_row(session: Session) -> list[str]:
    """One line of `emo sessions`."""
    return [
        session.session_id,
        f"{session.actor.name} (a service)" if session.HasField("actor") else session.device_id,
        time_text(session.create_time),
        time_text(session.last_used_time),
        time_text(session.expire_time),
        "this one" if session.current else "",
    ]
