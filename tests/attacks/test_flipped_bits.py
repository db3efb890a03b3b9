"""Single bits that change in the stored files and in the stored documents, as old disks and memory change them."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from attacks.scale import SCALE
from emo.users.v1 import users_pb2
from emo_grpc.shared.domain.principal import ServicePermission
from rpc.services import Backend, bearer
from rpc.vault import MIB, PART, Person, Received, Vault, failure, failure_of, some_bytes
from stored import stored

DATA = some_bytes(MIB + 70_000)
BEGUN = some_bytes(PART)
OTHER = DATA[::-1]
CORRUPT = "DATA_LOSS STORED_FILE_CORRUPT"
CODES = {
    "OK", "DATA_LOSS", "NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED", "FAILED_PRECONDITION", "OUT_OF_RANGE",
}  # fmt: skip
OF_USERS = {"assets": "asset_id", "uploads": "asset_id", "users": "user_id", "sessions": "session_id"}
DOCUMENTS = OF_USERS | {"service_accounts": "service_account_id"}
"""The tables that hold them, by their keys."""


def flipped(raw: bytes, random: Random) -> bytes:
    """The same but for one bit."""
    place = random.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ 1 << random.randrange(8)]) + raw[place + 1 :]


async def test_in_files(vault: Vault) -> None:
    """Any one bit of a stored file makes its download data loss, after nothing but right bytes."""
    ann = await vault.person("ann")
    asset_id, random = await ann.stored(DATA), Random(SCALE.seed)
    (part,) = vault.blob_parts()
    was = part.read_bytes()
    for _ in range(SCALE.flips):
        part.write_bytes(flipped(was, random))
        got = Received()
        assert (await failure(got.receive(ann, asset_id))).brief == CORRUPT, f"seed {SCALE.seed}"
        assert DATA.startswith(got.data)
    part.write_bytes(was)
    assert await ann.download(asset_id) == DATA


@pytest.mark.parametrize("table", OF_USERS)
async def test_in_documents(vault: Vault, table: str) -> None:
    """Any one bit of a stored document gives nobody a wrong byte, nor what is another's; the server goes on."""
    ann, bob = await vault.person("ann"), await vault.person("bob")
    theirs, ours, begun = await bob.stored(OTHER), await ann.stored(DATA), await ann.paused(BEGUN, PART + 1)
    random = Random(f"{SCALE.seed} {table}")
    _let_in_anything(vault.folder)
    for _ in range(SCALE.flips):
        key, was = random.choice(_documents(vault.folder, table))
        _write(vault.folder, table, key, flipped(was, random))
        with capture_logs():  # which would else show each failure with all that was in memory
            await _check(ann, ours, begun)
        _write(vault.folder, table, key, was)
    assert await ann.download(ours) == DATA
    assert await bob.download(theirs) == OTHER


async def _check(ann: Person, ours: str, begun: str) -> None:
    """What she sees of hers is hers, or a failure."""
    got = Received()
    calls: dict[str, Awaitable[Any]] = {
        "DownloadAsset": got.receive(ann, ours),
        "GetAsset": ann.asset(ours),
        "GetUploadStatus": ann.status(begun),
        "ListAssets": ann.call("ListAssets"),
        "GetAssetStats": ann.call("GetAssetStats"),
        "GetMe": ann.users.GetMe(users_pb2.GetMeRequest(), metadata=ann.metadata),
        "ListSessions": ann.users.ListSessions(users_pb2.ListSessionsRequest(), metadata=ann.metadata),
    }
    codes = {name: await _code(call) for name, call in calls.items()}
    assert set(codes.values()) <= CODES, f"{codes}, seed {SCALE.seed}"
    assert got.data == DATA if codes["DownloadAsset"] == "OK" else DATA.startswith(got.data), SCALE.seed


async def _code(call: Awaitable[Any]) -> str:
    try:
        await call
    except grpc.RpcError as error:
        return failure_of(error).code
    return "OK"


def _let_in_anything(folder: Path) -> None:
    """Drop the indexes that would not let a broken document in: a disk asks none."""
    with stored(folder) as connection:
        indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%document%'"
        for (name,) in connection.execute(indexes).fetchall():
            connection.execute(f"DROP INDEX {name}")


def _documents(folder: Path, table: str) -> list[tuple[Any, bytes]]:
    with stored(folder) as connection:
        rows = connection.execute(f"SELECT {DOCUMENTS[table]}, CAST(document AS BLOB) FROM {table}").fetchall()
    assert rows
    return [(key, bytes(raw)) for key, raw in rows]


def _write(folder: Path, table: str, key: Any, raw: bytes) -> None:
    with stored(folder) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # nobody waits here for a disk that is real
        changed = connection.execute(
            f"UPDATE {table} SET document = CAST(? AS TEXT) WHERE {DOCUMENTS[table]} = ?", (raw, key)
        )
        assert changed.rowcount == 1


async def test_in_service_accounts(vault: Vault) -> None:
    """Any one bit of a service account lets the service do no more than before, and its owner less at worst."""
    reader, ann = await Backend.of(vault, ServicePermission.READ_ALL), await vault.person("ann")
    metadata, random = bearer(await reader.own_token()), Random(SCALE.seed)
    remove = users_pb2.RemoveUserRequest(user_id=ann.user_id)
    for _ in range(SCALE.flips):
        key, was = random.choice(_documents(vault.folder, "service_accounts"))
        # On a thread, for the server in this process may be writing what it has been asked.
        await asyncio.to_thread(_write, vault.folder, "service_accounts", key, flipped(was, random))
        with capture_logs():
            read = await _code(ann.users.ListUsers(users_pb2.ListUsersRequest(), metadata=metadata))
            change = await _code(ann.users.RemoveUser(remove, metadata=metadata))
        await asyncio.to_thread(_write, vault.folder, "service_accounts", key, was)
        assert read in CODES, f"seed {SCALE.seed}"
        assert change in CODES - {"OK"}, f"seed {SCALE.seed}"
    await ann.users.ListUsers(users_pb2.ListUsersRequest(), metadata=metadata)
