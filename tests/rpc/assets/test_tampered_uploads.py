"""What is changed in the database of an upload under way: no wrong byte comes of it, and nothing is lost silently."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import google_crc32c
import grpc
import pytest

from rpc.assets.waiting import persisted
from rpc.vault import MIB, PART, Person, Stream, Vault, chunks, failure, failure_of, finish, some_bytes, start

DATA = some_bytes(2 * PART + 5)
Change = Callable[[sqlite3.Connection], None]


def sql(*statements: str) -> Change:
    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            assert connection.execute(statement).rowcount == 1

    return change


def document(**changes: int) -> Change:
    """Add these numbers to those of the upload's document, and of its columns."""

    def change(connection: sqlite3.Connection) -> None:
        ((text,),) = connection.execute("SELECT document FROM uploads").fetchall()
        upload: dict[str, Any] = json.loads(text)
        for name, more in changes.items():
            upload[name] += more
        values = (json.dumps(upload), upload["persisted_size"])
        connection.execute("UPDATE uploads SET document = ?, persisted_size = ?", values)

    return change


RECEIPT = "UPDATE upload_receipts SET"
CHANGES = {
    "swapped": sql(
        f"{RECEIPT} number = 9 WHERE number = 1",
        f"{RECEIPT} number = 1 WHERE number = 2",
        f"{RECEIPT} number = 2 WHERE number = 9",
    ),
    "repeated": sql(f"{RECEIPT} token = (SELECT token FROM upload_receipts WHERE number = 1) WHERE number = 2"),
    "first dropped": sql("DELETE FROM upload_receipts WHERE number = 1"),
    "last dropped": sql("DELETE FROM upload_receipts WHERE number = 2"),
    "another": sql(f"{RECEIPT} token = '0123456789abcdef' WHERE number = 1"),
    "no token": sql(f"{RECEIPT} token = '../../../x' WHERE number = 1"),
    "one byte more": document(persisted_size=1),
    "one byte less": document(persisted_size=-1),
    "a part more": document(persisted_size=PART, part_count=1),
    "a part less": document(persisted_size=-PART, part_count=-1),
    "longer by a part": document(persisted_size=PART),
    "shorter by a part": document(persisted_size=-PART),
    "part count": document(part_count=1),
    "larger parts": document(part_size=MIB),
    "checksum": document(crc32c=1),
}


def tamper(vault: Vault, change: Change) -> None:
    with closing(sqlite3.connect(vault.folder / "emo.sqlite3")) as connection, connection:
        change(connection)


async def go_on(person: Person, asset_id: str) -> str:
    """Go on as docs/transfer-protocol.md says; gives how that ended."""
    offset = (await person.status(asset_id)).persisted_size
    rest = DATA[offset:] if offset < len(DATA) else b""
    try:
        answer = await person.send([start(asset_id, offset), *chunks(rest), finish(google_crc32c.value(DATA))])
    except grpc.RpcError as error:
        return failure_of(error).brief
    assert answer.complete
    return "complete"


@pytest.mark.parametrize("name", CHANGES)
async def test_a_tampered_upload(vault: Vault, alice: Person, name: str) -> None:
    """An upload whose records were changed is refused or starts over, and what is called complete is what was sent."""
    asset_id = await alice.paused(DATA[: 2 * PART])
    tamper(vault, CHANGES[name])
    endings = [await go_on(alice, asset_id)]
    assert endings[0] in ("DATA_LOSS STORED_FILE_CORRUPT", "DATA_LOSS FILE_CHECKSUM_MISMATCH")
    endings.append(await go_on(alice, asset_id))
    assert endings[1] == "complete"
    assert await alice.download(asset_id) == DATA


@pytest.mark.parametrize("name", ["swapped", "repeated", "last dropped", "another", "a part less", "part count"])
async def test_an_upload_that_is_tampered_with_before_its_end(vault: Vault, alice: Person, name: str) -> None:
    """A change after the last byte came is noticed too: only the parts that a stream has stored make its file."""
    data = DATA[: 2 * PART]
    asset_id = await alice.create(len(data))
    stream = Stream(alice, start(asset_id), *chunks(data))
    await persisted(alice, asset_id, len(data))
    tamper(vault, CHANGES[name])
    stream.send(finish())
    assert (await failure(stream.end())).brief == "DATA_LOSS STORED_FILE_CORRUPT"
    assert (await alice.status(asset_id)).persisted_size == 0
    assert (await alice.upload(asset_id, data)).complete
    assert await alice.download(asset_id) == data


async def test_an_upload_that_is_rolled_back(vault: Vault, alice: Person) -> None:
    """Records of an earlier moment, all of them, are where the upload goes on, and nothing is lost."""
    asset_id = await alice.paused(DATA[:PART])
    with closing(sqlite3.connect(vault.folder / "emo.sqlite3")) as connection:
        ((version, text),) = connection.execute("SELECT version, document FROM uploads").fetchall()
    await alice.send([start(asset_id, PART), *chunks(DATA[PART : 2 * PART])])

    def roll_back(connection: sqlite3.Connection) -> None:
        sql("DELETE FROM upload_receipts WHERE number = 2")(connection)
        values = (version, text, PART)
        connection.execute("UPDATE uploads SET version = ?, document = ?, persisted_size = ?", values)

    tamper(vault, roll_back)
    assert (await alice.status(asset_id)).persisted_size == PART
    assert await go_on(alice, asset_id) == "complete"
    assert await alice.download(asset_id) == DATA


async def test_a_database_that_is_rolled_back(vault: Vault, alice: Person) -> None:
    """A database that has forgotten that a file is complete shows no byte of it, and the file can be sent again."""
    asset_id = await alice.paused(DATA[:PART], len(DATA))
    with closing(sqlite3.connect(":memory:")) as before:
        tamper(vault, lambda connection: connection.backup(before))
        await alice.upload(asset_id, DATA[PART:], PART)
        assert await alice.download(asset_id) == DATA
        tamper(vault, before.backup)
    assert (await failure(alice.download(asset_id))).brief == "FAILED_PRECONDITION FILE_NOT_COMPLETE"
    assert await go_on(alice, asset_id) in ("DATA_LOSS STORED_FILE_CORRUPT", "complete")
    assert await go_on(alice, asset_id) == "complete"
    assert await alice.download(asset_id) == DATA
