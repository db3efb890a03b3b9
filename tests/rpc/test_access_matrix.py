"""Every RPC of all services, called by everybody who may not, and by those who may."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import jwt
import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from attacks.methods import FILES, METHODS
from emo.assets.v1 import assets_pb2
from emo.options.v1 import options_pb2
from emo.users.v1 import users_pb2
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.user import Role
from rpc.services import Backend, bearer
from rpc.vault import PASSWORD, Metadata, Person, Vault, failure

EXPECTED = {
    options_pb2.ACCESS_PUBLIC: {
        "RegisterUser", "ActivateUser", "ResendActivation", "Login", "RefreshTokens", "Logout", "RequestPasswordReset",
        "ResetPassword", "ExchangeToken", "ConfirmEmailChange", "UndoEmailChange", "GetServerInfo",
    },
    options_pb2.ACCESS_FRESH: {"ChangePassword", "DeleteMe", "RequestEmailChange"},
    options_pb2.ACCESS_ADMIN: {
        "ListUsers", "GetUser", "SetUserState", "SetUserRoles", "RemoveUser", "ListAllAssets", "CreateUser",
        "CreateServiceAccount",
        "GetServiceAccount", "ListServiceAccounts", "UpdateServiceAccount", "RemoveServiceAccount", "CreateServiceKey",
        "RevokeServiceKey", "ListAuditEvents",
    },
}  # fmt: skip
SECRETS = {"password", "old_password", "new_password", "access_token", "refresh_token", "activation_token",
           "reset_token", "subject_token", "actor_token", "service_key", "confirmation_token",
           "undo_token", "device_token", "data"}  # fmt: skip


def access_of(method: MethodDescriptor) -> options_pb2.Access.ValueType:
    return method.GetOptions().Extensions[options_pb2.access]


def named(methods: list[MethodDescriptor]) -> dict[str, Any]:
    return {"argvalues": methods, "ids": [method.name for method in methods]}


GUARDED = [method for method in METHODS if access_of(method) != options_pb2.ACCESS_PUBLIC]


def test_every_rpc_says_who_may_call_it() -> None:
    """No RPC leaves its access unset, and each has the one that was decided for it."""
    assert len(METHODS) == 24 + 7 + 30 + 2 + 1
    for method in METHODS:
        expected = [access for access, names in EXPECTED.items() if method.name in names]
        assert access_of(method) == (expected[0] if expected else options_pb2.ACCESS_USER), method.full_name


def test_every_secret_is_redacted() -> None:
    """Every field that holds a secret or a payload carries debug_redact, and none of its kind was forgotten."""
    redacted = {field.full_name for field in _fields() if field.GetOptions().debug_redact}
    secret = {field.full_name for field in _fields() if field.name in SECRETS or field.type == field.TYPE_BYTES}
    assert redacted == secret
    texts = [field.name for field in _fields() if field.type in (field.TYPE_STRING, field.TYPE_MESSAGE)]
    assert not [name for name in texts if _sounds_secret(name) and name not in SECRETS]


def _sounds_secret(name: str) -> bool:
    """Whether a field of that name should be in the list of secrets; page tokens are sealed and say nothing."""
    is_harmless = name in {"tokens", "page_token", "next_page_token", "keys", "key_id"} or name.endswith("_token_type")
    return not is_harmless and any(word in name for word in ("token", "password", "secret", "key"))


def _fields() -> Iterator[FieldDescriptor]:
    for file in FILES:
        for message in file.message_types_by_name.values():
            yield from message.fields


@dataclass
class Caller:
    """Calls any method with an empty request."""

    channel: grpc.aio.Channel

    async def __call__(self, method: MethodDescriptor, metadata: Metadata = ()) -> Any:
        service = method.containing_service.full_name
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        reply = GetMessageClass(method.output_type)
        rpc = getattr(self.channel, kind)(f"/{service}/{method.name}", None, reply.FromString)
        call = rpc(iter([b""]) if method.client_streaming else b"", metadata=metadata)
        return [message async for message in call] if method.server_streaming else await call


@pytest.fixture
def caller(vault: Vault) -> Caller:
    return Caller(vault.channel())


def forged(vault: Vault, person: Person, *, key: str = "", algorithm: str = "HS256", **claims: Any) -> str:
    """The person's access token, signed anew with other claims."""
    settings = vault.parts.filled.settings
    known = jwt.decode(person.tokens.access_token, options={"verify_signature": False})
    header = jwt.get_unverified_header(person.tokens.access_token)
    secret = bytes.fromhex(key or settings.jwt_secret_key.get_secret_value())
    return jwt.encode(known | claims, secret, algorithm, headers={"kid": header["kid"]})


def unsigned(person: Person, algorithm: str) -> str:
    """The person's access token with no signature, whose header says that it needs none."""
    header = jwt.get_unverified_header(person.tokens.access_token) | {"alg": algorithm}
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{person.tokens.access_token.split('.')[1]}."


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_nobody_without_a_good_token(vault: Vault, alice: Person, caller: Caller) -> None:
    """Every RPC that is not public is UNAUTHENTICATED without a good token, whatever else is wrong."""
    good, refresh = alice.tokens.access_token, alice.tokens.refresh_token
    head, body, signature = good.split(".")
    bad: dict[str, tuple[Metadata, str]] = {
        "none": ((), "TOKEN_MISSING"),
        "empty": ((("authorization", ""),), "TOKEN_INVALID"),
        "no scheme": ((("authorization", good),), "TOKEN_INVALID"),
        "other scheme": ((("authorization", f"Basic {good}"),), "TOKEN_INVALID"),
        "two": (bearer(good) * 2, "TOKEN_INVALID"),
        "nonsense": (bearer("nonsense"), "TOKEN_INVALID"),
        "too long": (bearer("a" * 5000), "TOKEN_INVALID"),
        "refresh token": (bearer(refresh), "TOKEN_INVALID"),
        "refresh typed": (bearer(forged(vault, alice, typ="refresh")), "TOKEN_INVALID"),
        "other key": (bearer(forged(vault, alice, key="cd" * 32)), "TOKEN_INVALID"),
        "other algorithm": (bearer(forged(vault, alice, algorithm="HS512")), "TOKEN_INVALID"),
        "alg none": (bearer(unsigned(alice, "none")), "TOKEN_INVALID"),
        "no signature": (bearer(unsigned(alice, "HS256")), "TOKEN_INVALID"),
        "other signature": (bearer(f"{head}.{body}.{signature[::-1]}"), "TOKEN_INVALID"),
        "other body": (bearer(f"{head}.{body[:-4]}AAAA.{signature}"), "TOKEN_INVALID"),
        "other issuer": (bearer(forged(vault, alice, iss="somebody")), "TOKEN_INVALID"),
        "other audience": (bearer(forged(vault, alice, aud="somebody")), "TOKEN_INVALID"),
        "no subject": (bearer(forged(vault, alice, sub="")), "TOKEN_INVALID"),
        "expired": (bearer(forged(vault, alice, exp=1)), "TOKEN_EXPIRED"),
    }
    for method in GUARDED:
        for name, (metadata, reason) in bad.items():
            found = await failure(caller(method, metadata))
            assert found.brief == f"UNAUTHENTICATED {reason}", (method.name, name)


async def test_nobody_after_the_session(vault: Vault, alice: Person, caller: Caller) -> None:
    """A logout counts at once, on every RPC, as does the end of the token's time."""
    early = await vault.logged_in("alice", alice.user_id)
    await alice.users.Logout(users_pb2.LogoutRequest(refresh_token=alice.tokens.refresh_token))
    for method in GUARDED:
        assert (await failure(caller(method, alice.metadata))).brief == "UNAUTHENTICATED SESSION_REVOKED", method.name
    vault.clock.ahead = timedelta(minutes=16)
    for method in GUARDED:
        assert (await failure(caller(method, early.metadata))).brief == "UNAUTHENTICATED TOKEN_EXPIRED", method.name


async def test_everybody_in_their_place(vault: Vault, caller: Caller) -> None:
    """Users do not what admins do, refreshed tokens not what a password is asked for, and scopes hold for all."""
    admin = await vault.person("root", Role.ADMIN)
    user = await vault.person("user")
    refreshed = await vault.person("refreshed", Role.ADMIN)
    request = users_pb2.RefreshTokensRequest(refresh_token=refreshed.tokens.refresh_token)
    refreshed.tokens = (await refreshed.users.RefreshTokens(request)).tokens
    scoped = {
        "emo.service_accounts.v1": await vault.person("scoped_both", Role.ADMIN, scopes=["users", "assets"]),
        "emo.assets.v1": await vault.person("scoped_users", Role.ADMIN, scopes=["users"]),
        "emo.audit.v1": await vault.person("scoped_three", Role.ADMIN, scopes=["users", "assets", "service_accounts"]),
        "emo.users.v1": await vault.person("scoped_assets", Role.ADMIN, scopes=["assets"]),
    }
    for method in GUARDED:
        access = access_of(method)
        is_admin, is_fresh = access == options_pb2.ACCESS_ADMIN, access == options_pb2.ACCESS_FRESH
        other = scoped[method.containing_service.file.package]
        expected = [
            (admin, ""),
            (user, "PERMISSION_DENIED ADMIN_REQUIRED" if is_admin else ""),
            (refreshed, "UNAUTHENTICATED FRESH_LOGIN_REQUIRED" if is_fresh else ""),
            (other, "PERMISSION_DENIED SCOPE_REQUIRED"),
        ]
        for person, brief in expected:
            assert await _refusal(caller, method, person.metadata) == brief, (method.name, brief)


SERVICE_MAY = {
    ServicePermission.READ_ALL: {"ListUsers", "GetUser", "ListAllAssets", "GetServiceAccount", "ListServiceAccounts"},
    ServicePermission.REGISTER_USERS: {"CreateUser"},
    ServicePermission.ADMIN: EXPECTED[options_pb2.ACCESS_ADMIN],
}


@pytest.mark.parametrize("permission", ServicePermission)
async def test_services_do_what_they_may(vault: Vault, caller: Caller, permission: ServicePermission) -> None:
    """A service in its own name does what its permission names, of what administrators do, and nothing of users'."""
    backend = await Backend.of(vault, permission)
    scoped = bearer(await backend.own_token("users"))
    metadata = bearer(await backend.own_token())
    for method in GUARDED:
        expected = ""
        if access_of(method) != options_pb2.ACCESS_ADMIN:
            expected = "PERMISSION_DENIED USER_TOKEN_REQUIRED"
        elif method.name not in SERVICE_MAY.get(permission, set()):
            expected = "PERMISSION_DENIED SERVICE_PERMISSION_REQUIRED"
        assert await _refusal(caller, method, metadata) == expected, method.name
        if method.containing_service.file.package != "emo.users.v1":
            assert await _refusal(caller, method, scoped) == "PERMISSION_DENIED SCOPE_REQUIRED", method.name


async def test_a_service_without_permission(vault: Vault, caller: Caller) -> None:
    """It may come in, and do nothing."""
    metadata = bearer(await (await Backend.of(vault)).own_token())
    for method in GUARDED:
        assert (await _refusal(caller, method, metadata)).startswith("PERMISSION_DENIED "), method.name


async def test_services_for_users_in_their_place(vault: Vault, alice: Person, caller: Caller) -> None:
    """For a user a service does what the user does with a refreshed token, for an administrator only as one."""
    root = await vault.person("root", Role.ADMIN)
    plain = await Backend.of(vault, ServicePermission.ACT_FOR_USERS)
    acting = frozenset({ServicePermission.ACT_FOR_USERS, ServicePermission.ADMIN})
    both = await Backend.of(vault, *acting, name="both")
    with pytest.raises(grpc.aio.AioRpcError):
        await plain.token_for(root.user_id)
    of_user, of_admin = bearer(await plain.token_for(alice.user_id)), bearer(await both.token_for(root.user_id))
    for method in GUARDED:
        access = access_of(method)
        fresh = "UNAUTHENTICATED FRESH_LOGIN_REQUIRED" if access == options_pb2.ACCESS_FRESH else ""
        admin = "PERMISSION_DENIED ADMIN_REQUIRED" if access == options_pb2.ACCESS_ADMIN else ""
        assert await _refusal(caller, method, of_user) == (fresh or admin), method.name
        assert await _refusal(caller, method, of_admin) == fresh, method.name


def test_only_rpcs_of_administrators_name_a_permission() -> None:
    """Elsewhere the option would mean nothing, and ADMIN goes without saying."""
    named = {
        method.name: method.GetOptions().Extensions[options_pb2.service_permission]
        for method in METHODS
        if method.GetOptions().HasExtension(options_pb2.service_permission)
    }
    assert named.keys() <= EXPECTED[options_pb2.ACCESS_ADMIN]
    assert options_pb2.SERVICE_PERMISSION_ADMIN not in named.values()
    assert {
        name for name, permission in named.items() if permission == options_pb2.SERVICE_PERMISSION_READ_ALL
    } == SERVICE_MAY[ServicePermission.READ_ALL]


LET_IN = {"INVALID_ARGUMENT", "INVALID_CREDENTIALS", "UPLOAD_PROTOCOL_VIOLATION"}


async def _refusal(caller: Caller, method: MethodDescriptor, metadata: Metadata) -> str:
    """How an empty request is refused for who calls; nothing if it comes as far as what it says."""
    try:
        await caller(method, metadata)
    except grpc.aio.AioRpcError as error:
        found = await failure(_raise(error))
        return "" if found.reason in LET_IN else found.brief
    return ""


async def _raise(error: Exception) -> None:
    raise error


PUBLIC = [method for method in METHODS if access_of(method) == options_pb2.ACCESS_PUBLIC]


async def test_public_means_everybody(alice: Person, caller: Caller) -> None:
    """A public RPC looks at no token, not even at a bad one: its answer is about the request."""
    for method in PUBLIC:
        for metadata in ((), bearer("nonsense"), alice.metadata):
            try:
                await caller(method, metadata)
            except grpc.aio.AioRpcError as error:
                found = await failure(_raise(error))
                assert not found.reason.startswith("TOKEN_"), method.name
                assert found.code in ("INVALID_ARGUMENT", "UNIMPLEMENTED", "UNAUTHENTICATED"), method.name


async def test_a_role_that_was_taken_away(vault: Vault) -> None:
    """An admin who is one no more is refused with the token of before."""
    admin, other = await vault.person("root", Role.ADMIN), await vault.person("other", Role.ADMIN)
    request = users_pb2.SetUserRolesRequest(user_id=other.user_id, roles=[users_pb2.ROLE_USER])
    await admin.users.SetUserRoles(request, metadata=admin.metadata)
    found = await failure(other.call("ListAllAssets", assets_pb2.ListAllAssetsRequest()))
    assert found.brief in ("PERMISSION_DENIED ADMIN_REQUIRED", "UNAUTHENTICATED SESSION_REVOKED")
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize("method", **named(METHODS))
async def test_undecodable_bytes(vault: Vault, method: MethodDescriptor) -> None:
    """Bytes that are no message are INVALID_ARGUMENT on every RPC, for whoever may call it."""
    admin = await vault.person("root", Role.ADMIN)
    service = method.containing_service.full_name
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    rpc = getattr(admin.channel, kind)(f"/{service}/{method.name}")
    nonsense = b"\xff\xff\xff"
    call = rpc(iter([nonsense]) if method.client_streaming else nonsense, metadata=admin.metadata)

    async def answer() -> None:
        if method.server_streaming:
            _ = [message async for message in call]
        else:
            await call

    assert (await failure(answer())).brief == "INVALID_ARGUMENT UNDECODABLE_MESSAGE"
