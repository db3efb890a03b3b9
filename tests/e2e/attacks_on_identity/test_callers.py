"""Attacks by callers who are in, and by those who say that they call from elsewhere.

Each is refused with its reason, is told of in the audit trail of whom it concerns, and changes nothing.
"""

import secrets
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from e2e.attacks_on_identity.target import ANYBODY, HOME, KEY, Target, refused
from emo.options.v1 import options_pb2
from emo.users.v1 import users_pb2

INVALID = "INVALID_ARGUMENT INVALID_ARGUMENT"
ACT = options_pb2.SERVICE_PERMISSION_ACT_FOR_USERS
CLIENT, OTHER = "198.51.100.7", "203.0.113.9"
"""Of whom a proxy may say that it calls for them."""
LOOK_ALIKES = (
    "аnn",  # noqa: RUF001 - a Cyrillic letter, as below a Greek one, and others that are no a, n or -
    "αnn",  # noqa: RUF001
    "ａnn",  # noqa: RUF001
    "ɑnn",  # noqa: RUF001
    "ann\u200b",
    "ann\u2010b",
    "a\u0301nn",
    "ann\u202e",
    "ann\u00ad",
    "ann ",
    "Ann",
    "ANN",
)
FORBIDDEN = (
    "roles",
    "state",
    "email",
    "user_id",
    "create_time",
    "etag",
    "user.roles",
    "Roles",
    "roles.0",
    "*",
    "password",
)


def test_masks_raise_nobody(target: Target) -> None:
    """No path of a mask reaches what is not one's own to change, alone or beside one that is."""
    ann = target.person("ann")
    wanted = users_pb2.User(
        user_id=secrets.token_hex(16),
        public_name="Root",
        email="root2@example.org",
        state=users_pb2.USER_STATE_ACTIVE,
        roles=[users_pb2.ROLE_USER, users_pb2.ROLE_ADMIN],
    )
    with target.unchanged(ann):
        for path in FORBIDDEN:
            for paths in ([path], ["public_name", path]):
                mask = FieldMask(paths=paths)
                assert ann.caller.attempt("UpdateMe", user=wanted, update_mask=mask) == INVALID, paths
    ann.caller.call("UpdateMe", user=wanted)  # what no mask names is what may be changed
    user = target.root.call("GetUser", user_id=ann.user_id).user
    assert (user.public_name, user.email, list(user.roles)) == ("Root", ann.email, [users_pb2.ROLE_USER])
    assert ann.caller.attempt("ListUsers") == "PERMISSION_DENIED ADMIN_REQUIRED"


def test_look_alikes_are_no_usernames(target: Target) -> None:
    """Nobody registers under, or goes over to, a name that only looks like another one."""
    bob = target.person("bob")
    with target.unchanged(bob):
        for name in LOOK_ALIKES:
            fields = {"username": name, "email": "eve@example.org", "password": "correct horse"}
            assert target.caller.attempt("RegisterUser", **fields) == INVALID, ascii(name)
            assert bob.caller.attempt("UpdateMe", user=users_pb2.User(username=name)) == INVALID, ascii(name)


@pytest.mark.parametrize("field", ["username", "email", "public_name", "locale"])
def test_header_lines_in_names(target: Target, field: str) -> None:
    """What could begin another line of a mail is refused wherever it is typed."""
    fields = {"username": "eve", "email": "eve@example.org", "password": "correct horse"}
    for end in ("\r\n", "\n", "\r", "\x00", "\x85", "\x0b"):
        line = {field: f"{fields.get(field, 'en')}{end}Bcc: victim@example.org"}
        assert target.caller.attempt("RegisterUser", **(fields | line)) == INVALID, ascii(end)


@pytest.mark.parametrize(
    "name", ["Eve\u2028Bcc: v@example.org", "=?utf-8?q?=0D=0ABcc=3A_v=40example=2Eorg?=", "a,b:c;<d>"]
)
def test_odd_names_make_no_other_mail(target: Target, name: str) -> None:
    """A name that is text goes into the text: the mail has its own headers, and one recipient."""
    plain, odd = (target.newcomer("eve", public_name=each) for each in ("Eve", name))
    for person in (plain, odd):
        target.mailed_token(person.email, "emo activate")
    mails = {
        person.email: [mail for mail in target.mails.mails if mail["To"] == person.email] for person in (plain, odd)
    }
    (usual,), (mail,) = mails[plain.email], mails[odd.email]
    assert mail.keys() == usual.keys()
    assert (mail["Subject"], mail["From"]) == (usual["Subject"], usual["From"])
    recipients = [envelope.rcpt_tos for envelope in target.mails.envelopes if odd.email in envelope.rcpt_tos]
    assert recipients == [[odd.email]]


def test_a_made_up_address(target: Target) -> None:
    """What a caller says of where they come from opens no network to a key, and is not what the trail says."""
    ann, service = target.person("ann"), target.service(ACT, networks=(f"{CLIENT}/32",))
    exchange: dict[str, Any] = {"subject_token": service.key, "subject_token_type": KEY}
    for headers in (("x-forwarded-for", CLIENT), ("forwarded", f"for={CLIENT}"), ("x-real-ip", CLIENT)):
        liar = target.caller.with_headers(headers)
        assert liar.attempt("ExchangeToken", **exchange) == "PERMISSION_DENIED NETWORK_NOT_ALLOWED"
        with target.unchanged(ann, refused("Login", "INVALID_CREDENTIALS")):
            wrong = liar.attempt("Login", username=ann.username, password="wrong horse")
            assert wrong == "UNAUTHENTICATED INVALID_CREDENTIALS"
    assert {event.peer for _, event in target.refusals_of(service)} == {HOME}


def test_a_made_up_address_behind_a_trusted_proxy(target: Target) -> None:
    """Only what the proxy has added counts, which is furthest to the right; what stands before it may be made up."""
    ann, service = target.person("ann"), target.service(ACT, networks=(f"{CLIENT}/32",))
    exchange: dict[str, Any] = {"subject_token": service.key, "subject_token_type": KEY}
    for forwarded in (OTHER, f"{CLIENT}, {OTHER}", f"{CLIENT},{OTHER}, 127.0.0.2"):
        liar = target.by_proxy.with_headers(("x-forwarded-for", forwarded))
        assert liar.attempt("ExchangeToken", **exchange) == "PERMISSION_DENIED NETWORK_NOT_ALLOWED", forwarded
        with target.unchanged(ann, refused("Login", "INVALID_CREDENTIALS", ANYBODY), peer=OTHER):
            wrong = liar.attempt("Login", username=ann.username, password="wrong horse")
            assert wrong == "UNAUTHENTICATED INVALID_CREDENTIALS"
    assert {event.peer for _, event in target.refusals_of(service)} == {OTHER}
    honest = target.by_proxy.with_headers(("x-forwarded-for", f"{OTHER}, {CLIENT}"))
    assert honest.attempt("ExchangeToken", **exchange) == "OK"
