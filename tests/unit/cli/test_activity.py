"""`emo activity` and `emo admin audit`."""

import json
from pathlib import Path
from typing import Any

import pytest

from emo.audit.v1 import audit_pb2 as pb
from unit.cli.conftest import Emo, admin
from unit.client.fake_server import World


def event(kind: pb.AuditKind.ValueType, actor_kind: pb.ActorKind.ValueType, **fields: Any) -> pb.AuditEvent:
    made = pb.AuditEvent(event_id="e", kind=kind, actor_kind=actor_kind, **fields)
    made.event_time.FromJsonString("2026-01-02T12:00:00Z")
    return made


FAILED = event(pb.AUDIT_KIND_LOGIN_FAILED, pb.ACTOR_KIND_ANONYMOUS, reason="INVALID_CREDENTIALS", peer="192.0.2.7")
LOGIN = event(
    pb.AUDIT_KIND_LOGIN, pb.ACTOR_KIND_USER, actor=pb.AuditParty(user_id="u-1"), details={"device_id": "phone"}
)
DELEGATED = event(
    pb.AUDIT_KIND_DELEGATED_CALL, pb.ACTOR_KIND_SERVICE, service_account_id="s-1", code="OK", method="/a.B/Get"
)


def test_activity(ann: Emo, world: World) -> None:
    """Each line says when, what and why, by whom, from where."""
    world.events = [
        FAILED,
        LOGIN,
        DELEGATED,
        event(pb.AUDIT_KIND_ROLES_CHANGED, pb.ACTOR_KIND_USER),
        event(pb.AUDIT_KIND_STATE_CHANGED, pb.ACTOR_KIND_OPERATOR),
        event(pb.AUDIT_KIND_ACCOUNT_CREATED, pb.ACTOR_KIND_SYSTEM, request_id="r-1"),
    ]
    lines = [line.split("\t")[1:] for line in ann("activity").stdout.splitlines()]
    assert lines == [
        ["login-failed: INVALID_CREDENTIALS", "somebody", "192.0.2.7", "", ""],
        ["login", "you", "", "device_id=phone", ""],
        ["delegated-call", "service s-1", "", "Get", ""],
        ["roles-changed", "an administrator", "", "", ""],
        ["state-changed", "the operator", "", "", ""],
        ["account-created", "the server", "", "", "r-1"],
    ]
    (first, *_) = json.loads(ann("activity", "--json").stdout)
    assert (first["kind"], first["event_time"]) == ("AUDIT_KIND_LOGIN_FAILED", "2026-01-02T12:00:00Z")


def test_activity_is_narrowed(ann: Emo, world: World) -> None:
    """By kind and time; an unknown kind is refused with those that there are."""
    assert ann("activity", "--kind", "login-failed", "--since", "2026-01-01", "--until", "2026-02-01").exit_code == 0
    request = world.requests[-1]
    assert isinstance(request, pb.ListMyActivityRequest)
    assert request.kind == pb.AUDIT_KIND_LOGIN_FAILED
    assert request.end_time.seconds - request.start_time.seconds == 31 * 86_400
    done = ann("activity", "--kind", "nonsense")
    assert done.exit_code == 2
    assert "session-ended" in done.output


def test_activity_that_is_more_than_asked_for(ann: Emo, world: World) -> None:
    """What is left out is told, and so is what the server can't read."""
    world.events = [event(pb.AUDIT_KIND_LOGIN, pb.ACTOR_KIND_USER) for _ in range(5)]
    world.unreadable = ["broken"]
    done = ann("activity", "-n", "3")
    assert len(done.stdout.splitlines()) == 3
    assert "broken can't be shown" in done.stderr
    assert "there are more" in done.stderr
    assert "there are more" not in ann("activity", "-n", "5").stderr


@pytest.mark.usefixtures("data_folder")
def test_what_the_operator_does_is_in_the_trail() -> None:
    """Each command leaves an entry beside those of what it did, also one that fails or only lists."""
    assert admin("create-user", "ann", "ann@example.org").exit_code == 0
    assert admin("set-roles", "nobody", "--role", "admin").exit_code == 4
    assert admin("outbox").exit_code == 0
    lines = [line.split("\t")[1:] for line in admin("audit").stdout.splitlines()]
    assert [(what, by, details) for what, _, by, _, details, _ in lines] == [
        ("admin-call", "operator", "emo admin outbox"),
        ("admin-call: USER_NOT_FOUND", "operator", "emo admin set-roles"),
        ("admin-call", "operator", "emo admin create-user"),
        ("account-created", "operator", "roles=user"),
    ]
    again = admin("audit", "--kind", "admin-call", "--json").stdout
    assert [each["method"] for each in json.loads(again)][:2] == ["emo admin audit", "emo admin outbox"]


def test_the_trail_of_one_account(data_folder: Path) -> None:
    """By username, address or id; what concerns nobody else is left out, and who is nobody is refused."""
    user_id = admin("create-user", "ann", "ann@example.org").stdout.strip()
    assert admin("create-user", "ben", "ben@example.org").exit_code == 0
    assert data_folder.exists()
    for named in ("Ann", "ann@EXAMPLE.org", user_id):
        (line,) = admin("audit", "--user", named).stdout.splitlines()
        assert line.split("\t")[2] == user_id
        assert admin("audit", "--by", named).stdout == ""
    for command in (("audit", "--user", "nobody"), ("audit", "--by", "nobody@example.org"), ("disable", "nobody")):
        done = admin(*command)
        assert (done.exit_code, done.stderr) == (4, "emo: there is no such user\n")
    assert admin("audit", "--user", "ann", "--by", "ben").exit_code == 2
    assert "there are more" in admin("audit", "-n", "1").stderr
