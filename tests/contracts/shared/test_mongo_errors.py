"""What operators and callers learn of an error of MongoDB."""

import traceback
from collections.abc import AsyncIterator

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError
from structlog.testing import capture_logs

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import EmoError, StorageFull, Unavailable
from mongod import empty_database

from .test_mongo import failing

SECRET = "a value that nobody should read"


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_errors", {"notes": []}) as made:
        yield made


async def test_operators_learn_what_mongodb_did_not_like(database: MongoDatabase) -> None:
    """What it can't do is in the log once, with its code and name, and with no value of a document."""
    with capture_logs() as lines, pytest.raises(Unavailable), translated(), translated():
        await database.collection("notes").find({"text": SECRET}).hint("none").to_list()
    (line,) = lines
    facts = (line["log_level"], line["error"], line["code"], line["code_name"])
    assert facts == ("warning", "OperationFailure", 2, "BadValue")
    assert SECRET not in str(line)


@pytest.mark.parametrize(("code", "name"), [(13, "Unauthorized"), (18, "AuthenticationFailed")])
async def test_a_refusal_is_an_error(database: MongoDatabase, mongod_url: str, code: int, name: str) -> None:
    """What no retry mends, such as a role that was taken away, stands out in the log."""
    with failing(mongod_url, "find", errorCode=code), capture_logs() as lines, pytest.raises(Unavailable), translated():
        await database.collection("notes").find_one({})
    assert [(line["log_level"], line["code_name"]) for line in lines] == [("error", name)]


async def test_a_snapshot_that_was_forgotten(database: MongoDatabase, mongod_url: str) -> None:
    """A backup that reads for longer than MongoDB keeps a snapshot says which of its settings to raise."""
    with failing(mongod_url, "find", errorCode=239), pytest.raises(Unavailable) as raised, translated():
        await database.collection("notes").find_one({})
    assert "raise minSnapshotHistoryWindowInSeconds" in raised.value.message


async def test_what_health_and_callers_tell_is_not_logged(database: MongoDatabase, mongod_url: str) -> None:
    """Conflicts, a full disk and a server that is away have errors of their own, and fill no log."""
    with capture_logs() as lines:
        for code in (112, 14_031):
            with failing(mongod_url, "find", errorCode=code), pytest.raises(EmoError), translated():
                await database.collection("notes").find_one({})
        with pytest.raises(Unavailable), translated():
            raise AutoReconnect("nobody is there")
    assert lines == []


@pytest.mark.parametrize("unfit", [{"text": {SECRET}}, {"text": SECRET * 1_000_000}], ids=["no BSON", "too large"])
async def test_a_document_that_mongodb_cannot_hold(database: MongoDatabase, unfit: dict[str, object]) -> None:
    """It is a mistake of the program, so nobody is asked to try again, and what is logged of it shows no value."""
    with pytest.raises(TypeError, match="store this document") as raised, translated():
        await database.collection("notes").insert_one(unfit)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_the_first_write_that_failed_tells_why() -> None:
    """Of many writes, it is not their common code that counts."""
    with pytest.raises(StorageFull), translated():
        raise BulkWriteError({"writeErrors": [{"index": 0, "code": 14_031, "errmsg": "no room"}]})
