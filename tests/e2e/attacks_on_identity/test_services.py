"""Attacks by services, and by whoever has what is theirs.

Each is refused with its reason, is told of in the audit trail of whom it concerns, and changes nothing.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from attacks.methods import METHODS
from e2e.attacks_on_identity.target import ANYBODY, HOME, KEY, Service, Target, Told, refused
from emo.options.v1 import options_pb2
from emo.users.v1 import users_pb2
from emo_grpc.service_accounts.domain.service_key import KeyText
from emo_grpc.shared.service_layer.clock import utc_now
from waiting import wait_until

ACT = options_pb2.SERVICE_PERMISSION_ACT_FOR_USERS
TOKEN = users_pb2.TOKEN_TYPE_ACCESS_TOKEN
ELSEWHERE = ("198.51.100.0/24",)
KEY_INVALID = "UNAUTHENTICATED SERVICE_KEY_INVALID"
NETWORK = "PERMISSION_DENIED NETWORK_NOT_ALLOWED"
TOKEN_INVALID = "UNAUTHENTICATED TOKEN_INVALID"
PERMISSION = "PERMISSION_DENIED SERVICE_PERMISSION_REQUIRED"


def attempt_key(target: Target, service: Service, key: str, brief: str, by: str) -> None:
    """Try a key that is not good, for the service itself and for somebody; the trail tells of both."""
    ann, known = target.person("ann"), len(target.refusals_of(service))
    reason = brief.partition(" ")[2]
    with target.unchanged(ann, refused("ExchangeToken", reason)):
        assert target.caller.attempt("ExchangeToken", subject_token=key, subject_token_type=KEY) == brief
        assert target.caller.attempt("ExchangeToken", **acting({"user_id": ann.user_id}, key, KEY)) == brief
    told = target.refusals_of(service)[known:]
    assert [(each, event.peer) for each, event in told] == [(refused("ExchangeToken", reason, by), HOME)] * 2


def acting(user: dict[str, Any], token: str, kind: int = TOKEN) -> dict[str, Any]:
    """The fields of an exchange for a user."""
    return user | {"actor_token": token, "actor_token_type": kind}


def test_keys_that_are_not_good(target: Target) -> None:
    """Expired, revoked, from another network, with another secret."""
    end = Timestamp()
    end.FromDatetime(utc_now() + timedelta(seconds=1))
    expired, revoked = target.service(ACT, expire_time=end), target.service(ACT)
    elsewhere, guessed = target.service(ACT, networks=ELSEWHERE), target.service(ACT)
    attempt_key(target, elsewhere, elsewhere.key, NETWORK, elsewhere.service_account_id)
    attempt_key(target, guessed, replace(KeyText.parse(guessed.key), secret=bytes(32)).text, KEY_INVALID, ANYBODY)
    ids = {"service_account_id": revoked.service_account_id, "key_id": revoked.key_id}
    target.root.call("RevokeServiceKey", "service_accounts", **ids)
    attempt_key(target, revoked, revoked.key, KEY_INVALID, ANYBODY)
    wait_until(lambda: end.ToDatetime() < utc_now().replace(tzinfo=None))
    attempt_key(target, expired, expired.key, KEY_INVALID, expired.service_account_id)


def test_keys_with_one_character_wrong(target: Target) -> None:
    """Each is told as a typo, before anything is looked up; so it concerns no account."""
    ann, service = target.person("ann"), target.service(ACT)
    key = service.key
    with target.unchanged(ann):
        for place in (0, len("emo_sk_"), 50, len(key) - 7, len(key) - 1):
            wrong = f"{key[:place]}{'A' if key[place] != 'A' else 'B'}{key[place + 1 :]}"
            fields = acting({"user_id": ann.user_id}, wrong, KEY)
            assert target.caller.attempt("ExchangeToken", **fields) == "INVALID_ARGUMENT SERVICE_KEY_MISTYPED", place
    assert target.refusals_of(service) == []
    target.token_of(service, user_id=ann.user_id)


def test_a_delegated_token_delegates_nothing(target: Target) -> None:
    """Whoever has one gets no other for its user or for anybody, and none of an administrator's powers."""
    ann, bob, service = target.person("ann"), target.person("bob"), target.service(ACT)
    delegated = target.token_of(service, user_id=ann.user_id)
    for victim in (ann, bob):
        told = refused("ExchangeToken", "TOKEN_INVALID", service.service_account_id)
        with target.unchanged(victim, told, told):
            for user in ({"user_id": victim.user_id}, {"username": victim.username}):
                assert target.caller.attempt("ExchangeToken", **acting(user, delegated)) == TOKEN_INVALID
    with target.unchanged(ann):
        kind = users_pb2.TOKEN_TYPE_JWT
        answer = target.caller.attempt("ExchangeToken", subject_token=delegated, subject_token_type=kind)
        assert answer == TOKEN_INVALID
    told = refused("ExchangeToken", "TOKEN_INVALID", "user")
    with target.unchanged(bob, told):  # nor does a user's own token make its user a service
        assert (
            target.caller.attempt("ExchangeToken", **acting({"user_id": bob.user_id}, ann.caller.token))
            == TOKEN_INVALID
        )


def test_tokens_from_another_network(target: Target) -> None:
    """A token that a service got before it was bound to a network is worth nothing elsewhere, and is told of there."""
    ann, service = target.person("ann"), target.service(ACT, options_pb2.SERVICE_PERMISSION_READ_ALL)
    own, delegated = target.token_of(service), target.token_of(service, user_id=ann.user_id)
    bound = {"service_account_id": service.service_account_id, "networks": ELSEWHERE}
    target.root.call("UpdateServiceAccount", "service_accounts", service_account=bound)
    code, reason = NETWORK.split()
    told = Told("delegated_call", service.service_account_id, "GetMe", reason, code)
    with target.unchanged(ann, told):
        assert target.caller.with_token(delegated).attempt("GetMe") == NETWORK
    assert target.caller.with_token(own).attempt("ListUsers") == NETWORK
    target.wait_for_refusal(service, Told("admin_call", service.service_account_id, "ListUsers", reason, code))


def test_a_service_gets_no_more_than_it_may(target: Target) -> None:
    """Not without its permission, for an administrator, with other scopes, or for who is disabled."""
    ann, ceo = target.person("ann"), target.person("ceo", roles=(users_pb2.ROLE_ADMIN,))
    reader, service = target.service(options_pb2.SERVICE_PERMISSION_READ_ALL), target.service(ACT)
    narrow = target.caller.call("ExchangeToken", subject_token=service.key, subject_token_type=KEY, scopes=["assets"])
    scope = "PERMISSION_DENIED SCOPE_REQUIRED"
    for victim, by, fields, brief in (
        (ann, reader, acting({"user_id": ann.user_id}, reader.key, KEY), PERMISSION),
        (ann, reader, acting({"username": ann.username.upper()}, target.token_of(reader)), PERMISSION),
        (ceo, service, acting({"user_id": ceo.user_id}, service.key, KEY), PERMISSION),
        (ann, service, acting({"user_id": ann.user_id}, narrow.access_token) | {"scopes": ["users"]}, scope),
    ):
        told = refused("ExchangeToken", brief.partition(" ")[2], by.service_account_id)
        with target.unchanged(victim, told):
            assert target.caller.attempt("ExchangeToken", **fields) == brief
    target.root.call("SetUserState", user_id=ann.user_id, state=users_pb2.USER_STATE_DISABLED)
    ann.caller = target.caller
    with target.unchanged(ann, refused("ExchangeToken", "USER_DISABLED", service.service_account_id)):
        fields = acting({"user_id": ann.user_id}, service.key, KEY)
        assert target.caller.attempt("ExchangeToken", **fields) == "PERMISSION_DENIED USER_DISABLED"


def test_a_delegated_token_is_never_fresh(target: Target) -> None:
    """Every RPC that asks for a password's token refuses it, and every one for administrators; the trail has each."""
    ann, service = target.person("ann"), target.service(ACT)
    delegate = target.caller.with_token(target.token_of(service, user_id=ann.user_id))
    answers = {
        options_pb2.ACCESS_FRESH: ("UNAUTHENTICATED", "FRESH_LOGIN_REQUIRED", "delegated_call"),
        options_pb2.ACCESS_ADMIN: ("PERMISSION_DENIED", "ADMIN_REQUIRED", "admin_call"),
    }
    accesses = [(method, method.GetOptions().Extensions[options_pb2.access]) for method in METHODS]
    tried = [
        (method, *answers[access])
        for method, access in accesses
        if access in answers and method.containing_service.full_name.split(".")[1] != "assets"
    ]
    assert len(tried) >= len(answers)
    for method, code, reason, kind in tried:
        with target.unchanged(ann, Told(kind, service.service_account_id, method.name, reason, code)):
            service_name = method.containing_service.full_name.split(".")[1]
            assert delegate.attempt(method.name, service_name) == f"{code} {reason}", method.name
