"""Access tokens that nobody was given."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from attacks.scale import SCALE
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.vault import Metadata, Person, Vault, failure

# Any: claims and headers of any type are what this is about.
Json = dict[str, Any]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KIDS: list[Any] = [
    "../../../dev/null", "/dev/null", "0" * 16, "", "' OR 1=1 --", "|whoami", "http://127.0.0.1/key", "*", None, 0, [],
    {}, ["0"], True, "\0", "é",
]  # fmt: skip
ALGORITHMS: list[Any] = [
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "HS384",
    "HS512",
    "RS256",
    "ES256",
    "EdDSA",
    None,
    0,
    ["HS256"],
]
POINTERS: Json = {
    "jku": "http://127.0.0.1/keys", "x5u": "http://127.0.0.1/chain", "x5c": ["MAo="],
    "jwk": {"kty": "oct", "k": "AAAA"}, "crit": ["exp"], "b64": False, "cty": "JWT", "zip": "DEF",
}  # fmt: skip
EMPTY_KEYS = (b"", b"\0", b"secret", b"null", b"\0" * 32)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def text_of(part: Json) -> str:
    return encoded(json.dumps(part, separators=(",", ":")).encode())


def signed(header: Json, claims: Json, key: bytes) -> str:
    """Both under an HMAC of that key, whatever the header says of it."""
    text = f"{text_of(header)}.{text_of(claims)}"
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(str(header.get("alg")), "sha256")
    return f"{text}.{encoded(hmac.new(key, text.encode(), digest).digest())}"


def forgeries(vault: Vault, ann: Person) -> Iterator[str]:
    """Tokens for an administrator, made by somebody who has one of a user and knows no key."""
    head, body, signature = ann.tokens.access_token.split(".")
    header, claims = decoded(head), decoded(body)
    key = bytes.fromhex(vault.parts.filled.settings.jwt_secret_key.get_secret_value())
    assert signed(header, claims, key) == ann.tokens.access_token  # so what is refused below is refused for its change
    wanted = claims | {"roles": ["admin", "user"]}
    for algorithm in ALGORITHMS:
        yield f"{text_of(header | {'alg': algorithm})}.{body}.{signature}"
        yield f"{text_of(header | {'alg': algorithm})}.{text_of(wanted)}."
        yield signed(header | {"alg": algorithm}, wanted, hashlib.sha256(body.encode()).digest())
        if algorithm != "HS256":
            yield signed(header | {"alg": algorithm}, claims, key)
    for kid in KIDS:
        yield signed(header | {"kid": kid}, claims, key)
        yield from (signed(header | {"kid": kid}, wanted, empty) for empty in EMPTY_KEYS)
    for name, value in POINTERS.items():
        yield from (signed(header | {name: value}, wanted, empty) for empty in EMPTY_KEYS)
    yield from (
        f"{head}.{body}.{signature}.{signature}",
        f"{head}.{body}",
        f"{head}..{signature}",
        f".{body}.{signature}",
    )
    yield f"{head}.{body}.{signature}." * 2  # as many parts as an encrypted one has
    yield from (ann.tokens.refresh_token, f"{ann.tokens.refresh_token}.{body}.{signature}")


def bent(token: str, random: Random) -> Iterator[str]:
    """The token with one character changed, dropped, doubled or in another place."""
    for _ in range(SCALE.bent_tokens):
        place, other = random.randrange(len(token)), random.choice(ALPHABET)
        yield token[:place] + other + token[place + 1 :]
        yield token[:place] + token[place + 1 :]
        yield token[:place] + other + token[place:]
        cut = random.randrange(1, len(token))
        yield token[cut:] + token[:cut]


async def test_forged_and_bent_tokens(vault: Vault) -> None:
    """A user makes no token of an administrator out of theirs, whatever they do to its three parts."""
    ann = await vault.person("ann")
    tokens = [*forgeries(vault, ann), *bent(ann.tokens.access_token, Random(SCALE.seed))]
    for token in tokens:
        if token == ann.tokens.access_token:
            continue
        found = await _refused(ann, _bearer(token))
        assert found == "UNAUTHENTICATED TOKEN_INVALID", f"{token}, seed {SCALE.seed}"
    await ann.users.GetMe(users_pb2.GetMeRequest(), metadata=ann.metadata)


@pytest.mark.parametrize("first", [0, 1])
async def test_a_header_for_each_of_two(vault: Vault, first: int) -> None:
    """Two tokens, good ones too, are not one: nobody's rights depend on which of them is read."""
    user, admin = await vault.person("user"), await vault.person("root", Role.ADMIN)
    good = (user.metadata, admin.metadata)
    for metadata in (
        good[first] + good[1 - first],
        good[first] * 2,
        good[first] + (("authorization", ""),),
        (("authorization", f"{good[first][0][1]}, {good[1 - first][0][1]}"),),
        (("authorization", f"{good[first][0][1]} {good[1 - first][0][1]}"),),
    ):
        assert await _refused(user, metadata) == "UNAUTHENTICATED TOKEN_INVALID"
    others = (("x-authorization", good[1][0][1]), ("proxy-authorization", good[1][0][1]), ("cookie", good[1][0][1]))
    assert await _refused(user, others) == "UNAUTHENTICATED TOKEN_MISSING"


async def _refused(person: Person, metadata: Metadata) -> str:
    """How the call of an administrator is refused with these headers."""
    call = person.users.ListUsers(users_pb2.ListUsersRequest(), metadata=metadata)
    return (await failure(call)).brief


def _bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)
