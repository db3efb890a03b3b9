"""Uploads and downloads whose caller loses the session meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from pydantic import SecretStr

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.bootstrap.mongo_engine import INDEXES
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.users.domain.user import Role
from mongod import empty_database
from rpc.assets.waiting import begun, no_downloads, persisted
from rpc.vault import PART, PASSWORD, Person, Stream, Vault, chunks, failure, open_vault, some_bytes, start

WATCHFUL = Limits(session_check=timedelta(milliseconds=20))
DATABASE = "emo_ended_sessions"
REVOKED = "UNAUTHENTICATED SESSION_REVOKED"
EndSession = Callable[[Vault, Person], Awaitable[None]]


async def log_out(_: Vault, person: Person) -> None:
    await person.users.Logout(users_pb2.LogoutRequest(refresh_token=person.tokens.refresh_token))


async def disable(vault: Vault, person: Person) -> None:
    root = await vault.person("root", Role.USER, Role.ADMIN)
    request = users_pb2.SetUserStateRequest(user_id=person.user_id, state=users_pb2.USER_STATE_DISABLED)
    await root.users.SetUserState(request, metadata=root.metadata)


async def remove(_: Vault, person: Person) -> None:
    await person.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=person.metadata)


async def wait_a_month(vault: Vault, _: Person) -> None:
    vault.clock.ahead = timedelta(days=31)


# Any: grpc's stub types say nothing of what a call gives.
async def rest_of(download: Any) -> bytes:
    """What has not been read of it yet."""
    got = bytearray()
    while (message := await download.read()) is not grpc.aio.EOF:
        got += message.chunk.data
    return bytes(got)


@pytest.fixture(params=["sqlite", "mongo"])
async def watchful(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    """The service on either database, looking at sessions all the time."""
    if request.param == "sqlite":
        async with open_vault(tmp_path, WATCHFUL) as opened:
            yield opened
        return
    url: str = request.getfixturevalue("mongod_url")
    async with empty_database(url, DATABASE, INDEXES):
        pass
    async with open_vault(tmp_path, WATCHFUL, mongodb_url=SecretStr(url), mongodb_database=DATABASE) as opened:
        yield opened


@pytest.mark.parametrize("end_session", [log_out, disable, remove, wait_a_month])
async def test_transfers_end_with_the_session(watchful: Vault, end_session: EndSession) -> None:
    """However a session ends, its transfers end as such; the upload keeps its checkpoint."""
    alice = await watchful.person("alice")
    file_id, asset_id = await alice.stored(some_bytes(3 * PART)), await alice.create()
    download = alice.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=file_id))
    await download.read()
    upload = Stream(alice, start(asset_id), *chunks(some_bytes(PART + 5)))
    await persisted(alice, asset_id, PART)
    await end_session(watchful, alice)

    assert (await failure(upload.answer())).brief == REVOKED
    await no_downloads(watchful)
    assert (await failure(rest_of(download))).brief == REVOKED
    if end_session in (log_out, wait_a_month):
        watchful.clock.ahead = timedelta(0)
        again = await watchful.logged_in("alice", alice.user_id)
        assert (await again.status(asset_id)).persisted_size == PART
        assert (await again.upload(asset_id, b"end", PART)).complete


async def test_transfers_outlive_the_access_token(watchful: Vault) -> None:
    """An access token that expires ends no transfer that it began, nor does the end of another session."""
    alice = await watchful.person("alice")
    other = await watchful.logged_in("alice", alice.user_id)
    file_id, asset_id = await alice.stored(some_bytes(3 * PART)), await alice.create()
    download = alice.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=file_id))
    await download.read()
    upload = Stream(alice, start(asset_id), *chunks(some_bytes(5)))
    await begun(watchful, 1)
    watchful.clock.ahead = timedelta(hours=1)
    await log_out(watchful, other)
    assert (await failure(alice.status(asset_id))).reason == "TOKEN_EXPIRED"
    await asyncio.sleep(10 * WATCHFUL.session_check.total_seconds())  # for an end that must not come
    upload.send(*chunks(some_bytes(5)))
    assert (await upload.end()).persisted_size == 0
    assert await rest_of(download) == some_bytes(3 * PART)
