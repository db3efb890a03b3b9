"""What an operator is told of a MongoDB that can't be used."""

import asyncio
import gc
from pathlib import Path

import pymongo
import pytest
from pymongo import ASCENDING, IndexModel

from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.mongo import database as mongo
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.errors import StorageFull, Unavailable
from mongod import Mongod, empty_database, running_mongod

from .notes import opened_mongo

LONG = 20
"""Seconds after which a test gives up on something that should have ended by itself."""


URLS = ["nonsense", "mongodb://", "mongodb://ana:se/cret@127.0.0.1", "mongodb://ana:se:cret@127.0.0.1"]


@pytest.mark.parametrize("url", URLS)
async def test_bad_url(url: str) -> None:
    """A URL that is none is refused with what one looks like, and without the password in it."""
    with pytest.raises(CannotStart, match=r"MONGODB_URL is not like mongodb://") as caught:
        await MongoDatabase(url, "emo").open()
    assert "cret" not in str(caught.value)


async def test_bad_option() -> None:
    """Options that MongoDB's client can't use are refused."""
    with pytest.raises(CannotStart, match="has an option"):
        await MongoDatabase("mongodb://127.0.0.1,127.0.0.2/?directConnection=true", "emo").open()


async def test_bad_credentials(mongod_url: str) -> None:
    """A password that MongoDB does not accept is told."""
    with pytest.raises(CannotStart, match="does not accept the user and password"):
        await MongoDatabase(mongod_url.replace("//", "//ana:secret@"), "emo").open()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # pymongo's, of a try cut off by the end
async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, opening is Unavailable after a moment and names the place."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 200)
    async with asyncio.timeout(LONG):
        with pytest.raises(Unavailable, match=r"no primary of a MongoDB answers at 127\.0\.0\.1:9"):
            await MongoDatabase("mongodb://127.0.0.1:9", "emo").open()
    gc.collect()  # here, where its warning is expected


async def test_standalone(tmp_path: Path) -> None:
    """A mongod without a replica set is refused with what to do about it."""
    mongod = Mongod(tmp_path)
    try:
        mongod.start()
        with pytest.raises(CannotStart, match=r"--replSet rs0 and run rs\.initiate\(\)"):
            await MongoDatabase(mongod.url, "emo").open()
    finally:
        mongod.kill()


async def test_not_initiated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of a replica set that was never set up is refused with what is left to do."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 1000)
    mongod = Mongod(tmp_path, "--replSet", "rs0")
    try:
        mongod.start()
        for option in ("", "/?directConnection=true"):
            with pytest.raises(CannotStart, match=r"not set up: run rs\.initiate\(\)"):
                await MongoDatabase(mongod.url + option, "emo").open()
    finally:
        mongod.kill()


async def test_without_rights(tmp_path: Path) -> None:
    """A user who may not use the database is told which role is missing."""
    key = tmp_path / "key"
    key.write_text("c2VjcmV0")
    key.chmod(0o600)
    with running_mongod(tmp_path / "data", "--keyFile", str(key)) as mongod:
        with pymongo.MongoClient[Document](mongod.url) as client:
            client.admin.command("createUser", "ana", pwd="secret", roles=["read"])
        async with opened_mongo(mongod.url.replace("//", "//ana:secret@")) as database:
            with pytest.raises(CannotStart, match=r"may not use the database emo_notes: .* role readWrite"):
                await database.declare("notes")


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://emo:sec?retpass@127.0.0.1:1/",
        "mongodb://emo:sec@retpass@127.0.0.1:1/",
        "mongodb://emo:sec/retpass@127.0.0.1:1/",
        "mongodb://emo:secretpass@127.0.0.1:1/?replicaSett=rs0",
    ],
)
async def test_no_piece_of_a_password_is_shown(url: str) -> None:
    """A password whose characters should have been percent-encoded is in no message, and in no warning of pymongo's."""
    with pytest.raises(CannotStart) as refused:
        await MongoDatabase(url, "emo").open()
    assert "pass" not in str(refused.value).replace("password", "")
    assert refused.value.__cause__ is None


async def test_nobody_uses_it_before_it_is_prepared(mongod_url: str) -> None:
    """Others see it closed while its indexes are made, and for good when that fails."""
    database = MongoDatabase(mongod_url, "unprepared")
    told: list[str] = []

    async def prepare(connected: MongoDatabase) -> None:
        await connected.ping()
        try:
            await database.ping()
        except Unavailable as error:
            told.append(error.message)
        raise StorageFull("the database has no room left")

    with pytest.raises(StorageFull):
        await database.open(prepare)
    assert told == ["the database has not answered yet, or is closed"]
    with pytest.raises(Unavailable):
        await database.ping()


async def test_documents_that_an_index_forbids(mongod_url: str) -> None:
    """Two that are the same where each must be unique, or an index made otherwise, stop the start with a sentence."""
    unique = [IndexModel([("name", ASCENDING)], unique=True)]
    async with empty_database(mongod_url, "duplicates", {"things": []}) as database:
        await database.collection("things").drop_indexes()
        await database.collection("things").insert_many([{"name": "a"}, {"name": "a"}])
        with pytest.raises(CannotStart, match="two documents of things are the same"):
            await database.declare("things", unique)
        await database.collection("things").delete_many({})
        await database.declare("things", [IndexModel([("name", ASCENDING)])])
        with pytest.raises(CannotStart, match="an index of things is not as this version needs it"):
            await database.declare("things", unique)
