"""What lies in a store, against what was given out or typed."""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import bson
import pytest
from argon2 import Parameters
from argon2.low_level import Type

from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.domain.commands import CreateUser, RegisterUser
from emo_grpc.users.domain.errors import InvalidCredentials
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    IssueResetToken,
    RequestEmailChange,
    RequestPasswordReset,
)
from emo_grpc.users.domain.session_commands import ChangePassword, LogIn, RefreshTokens
from emo_grpc.users.service_layer.ports import AccessClaims
from mongod import empty_database

from .office import KEY, Office
from .stores import COLLECTIONS, NOW, Store, on_mongo, sqlite_store

CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
ID_BYTES, SECRET_BYTES = 16, 32
PASSWORD, NEXT_PASSWORD, TYPED_AS_NAME = "correct horse", "battery staple", "hunter2-in-the-wrong-field"

Dump = Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[tuple[Store, Dump]]:
    async def dump() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))

    async with sqlite_store(folder) as store:
        yield store, dump


@asynccontextmanager
async def on_mongod(url: str) -> AsyncIterator[tuple[Store, Dump]]:
    async with empty_database(url, "emo_users", COLLECTIONS) as database:

        async def dump() -> bytes:
            found = [await database.collection(name).find().to_list() for name in COLLECTIONS]
            return b"".join(bson.encode(document) for documents in found for document in documents)

        yield on_mongo(database), dump


@pytest.fixture(params=["sqlite", "mongo"])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Dump]]:
    opened = on_sqlite(tmp_path) if request.param == "sqlite" else on_mongod(request.getfixturevalue("mongod_url"))
    async with opened as made:
        yield made


def forms(secret: bytes) -> set[bytes]:
    """The ways in which bytes are written."""
    plain = {secret, secret.hex().encode(), b64encode(secret), urlsafe_b64encode(secret), repr(secret).encode()}
    return plain | {form.rstrip(b"=") for form in plain} | {secret.hex().upper().encode()}


def secrets_of(token: str) -> set[bytes]:
    """A token, and each of the secrets of 32 bytes in it, which follow the id of what it is for."""
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    secrets = [raw[begin : begin + SECRET_BYTES] for begin in range(ID_BYTES, len(raw), SECRET_BYTES)]
    assert all(len(secret) == SECRET_BYTES for secret in secrets)
    return {token.encode()}.union(*map(forms, [raw, *secrets]))


async def live(store: Store) -> tuple[set[str], set[str]]:
    """Have all of it once; gives the tokens that were given out, and what was typed."""
    office = Office(store)
    bus, mailed = office.bus, []
    await bus.handle(
        RegisterUser(username="ben", email="ben@example.org", password=PASSWORD, request_id=RequestId.new())
    )
    mailed.append(await office.mailed())
    user_id: UserId = await bus.handle(CreateUser(username="ana", email="ana@example.org", password=PASSWORD))
    first = await bus.handle(LogIn(identifier="ana", password=PASSWORD))
    second = await bus.handle(RefreshTokens(refresh_token=first.refresh_token))
    for name in (TYPED_AS_NAME, "ana"):
        with pytest.raises(InvalidCredentials):
            await bus.handle(LogIn(identifier=name, password="a wrong password"))
    claims = JwtAccessTokens(KEY).verify(second.access_token, NOW)
    assert isinstance(claims, AccessClaims)
    session_id = claims.session_id
    await bus.handle(
        ChangePassword(user_id=user_id, session_id=session_id, old_password=PASSWORD, new_password=NEXT_PASSWORD)
    )
    await office.mailed()
    await bus.handle(RequestEmailChange(user_id=user_id, new_email="ana@example.com"))
    mailed.append(await office.mailed())
    await bus.handle(ConfirmEmailChange(confirmation_token=mailed[-1]))
    mailed.append(await office.mailed())
    await bus.handle(RequestPasswordReset(email="ana@example.com"))
    mailed += [await office.mailed(), await bus.handle(IssueResetToken(user_id=user_id))]
    typed = {PASSWORD, NEXT_PASSWORD, TYPED_AS_NAME, "a wrong password", first.access_token, second.access_token}
    return {first.refresh_token, second.refresh_token, *mailed}, typed


async def test_no_secret_lies_in_a_store(stored: tuple[Store, Dump]) -> None:
    """Who reads all bytes of a store finds no token, no secret of one, no password, and no name that nobody has."""
    store, dump = stored
    tokens, typed = await live(store)
    content = await dump()
    assert b"ana@example.org" in content
    assert content.count(b"$argon2id$") >= 2
    hidden = {form for text in typed for form in forms(text.encode())}.union(*map(secrets_of, tokens))
    assert [form for form in hidden if form in content] == []
