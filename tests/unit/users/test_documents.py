"""Documents of accounts and sessions, as they lie in stores."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from emo_grpc.shared.adapters.schema_versions import UNREADABLE, Raw, UnknownSchemaVersion, upcast
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.users.adapters.documents.projections import live_session
from emo_grpc.users.adapters.documents.session import session_from_document, session_to_document
from emo_grpc.users.adapters.documents.throttle_records import failures_of
from emo_grpc.users.adapters.documents.user import user_from_document, user_to_document
from emo_grpc.users.domain.recovery.account_tokens import activate
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid, ResetTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret, TokenPurpose
from emo_grpc.users.domain.recovery.password_reset_rules import check_reset
from emo_grpc.users.domain.session import Actor
from emo_grpc.users.domain.user import UserState

NOON = "2026-01-01T12:00:00+00:00"
PAST = Path(__file__).parents[2] / "fixtures" / "documents"


def stored_user(version: int) -> Raw:
    raw: Raw = json.loads((PAST / f"user-v{version}.json").read_text())
    return raw


def test_users_of_version_1() -> None:
    """An account stored in schema version 1 is read, and the token that was mailed to it still activates it, once."""
    user = user_from_document(stored_user(1), version=7)
    assert (user.username, user.version, user.state) == ("ana", 7, UserState.PENDING)
    mailed = OneTimeSecret(user.user_id, b"test")
    with pytest.raises(ResetTokenInvalid):
        check_reset(user, mailed, user.create_time)
    again = user_from_document(dict(user_to_document(user)), version=8)
    activate(again, mailed, user.create_time)
    with pytest.raises(ActivationTokenInvalid):
        activate(again, mailed, user.create_time)


@pytest.mark.parametrize("tokens", [None, "", [None], [{"token_hash": "a"}], {"token_hash": "a"}])
def test_damaged_tokens_of_version_1(tokens: object) -> None:
    """An account whose tokens can't be read is damaged, and not one without tokens."""
    with pytest.raises(UNREADABLE):
        user_from_document(stored_user(1) | {"activation_tokens": tokens}, version=7)


def test_users_of_version_2() -> None:
    """An account stored in schema version 2 is read, and written as it was."""
    raw = stored_user(2)
    user = user_from_document(raw, version=7)
    assert user.email_changes.pending is not None
    assert user.email_changes.pending.email == "ana@example.com"
    assert [token.purpose for token in user.tokens.tokens] == list(TokenPurpose)
    assert user_to_document(user) == raw


def test_sessions_of_version_1() -> None:
    """A session stored in schema version 1 is read as a login, and written as one of version 2."""
    raw = json.loads((PAST / "session-v1.json").read_text())
    session = session_from_document(raw, version=3)
    assert (session.device_id, session.version) == ("phone", 3)
    assert session.actor is None
    assert session_to_document(session) == raw | {"schema_version": 2, "actor": None}


def test_sessions_of_version_2() -> None:
    """One in which a service acts for a user is read whole, and written as it was."""
    raw = json.loads((PAST / "session-v2.json").read_text())
    session = session_from_document(raw, version=3)
    assert session.actor == Actor(ActorId(UUID("00112233-4455-4677-8899-aabbccddeeff")), "printer")
    assert session_to_document(session) == raw


def test_upcasts_step_by_step() -> None:
    """A document of an old version goes through every step to the current one."""
    upcasters = {
        1: lambda raw: raw | {"steps": "a"},
        2: lambda raw: raw | {"steps": f"{raw['steps']}b"},
    }
    assert upcast({"schema_version": 1}, upcasters, 3) == {"schema_version": 3, "steps": "ab"}


@pytest.mark.parametrize("version", [0, 3])
def test_refuses_unknown_versions(version: object) -> None:
    """A document of a version that is not known, such as a later one, is not guessed at."""
    with pytest.raises(UnknownSchemaVersion, match="schema version"):
        user_from_document({"schema_version": version}, version=1)


@pytest.mark.parametrize("version", ["1", None])
def test_what_is_no_version_is_damage(version: object) -> None:
    """No release writes a document without a number as its version."""
    with pytest.raises(ValueError, match="no schema version"):
        user_from_document({"schema_version": version}, version=1)


@pytest.mark.parametrize("damaged", ["no", "true", 2, 1.5, None, {}])
def test_what_is_no_truth_value_gives_no_rights(damaged: object) -> None:
    """A damaged field beside a session makes nobody an administrator, and no account active."""
    user_id, later = str(uuid4()), "2030-01-01T00:00:00+00:00"
    assert not live_session(user_id, True, damaged, later).is_admin
    assert not live_session(user_id, damaged, True, later).is_active
    assert live_session(user_id, True, True, later).is_admin


@pytest.mark.parametrize("values", [("2", NOON, None), (2, "2o30", None), (2, NOON, "2o30"), (2, None, None)])
def test_a_damaged_count_is_none(values: tuple[object, object, object]) -> None:
    """Whichever of its fields is damaged, counting of failed logins begins anew."""
    assert failures_of(*values) is None
    assert failures_of(2, NOON, NOON) is not None
