"""A server dies after it has done what an event asked for, and before it could note that."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pymongo
import pytest

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.assets.adapters.s3.blob_store import INSTALLATION
from emo_grpc.shared.adapters.mongo.documents import Document
from s3_server import S3Server
from survival.figures import Figures, Row
from survival.load import FILE_NAME, PASSWORD
from survival.mailbox import Mailbox, open_mailbox
from survival.raw import RawClient, raw_client
from survival.replicas import SharedEngines, running_replica
from survival.scale import SCALE
from waiting import until_answered

LEASE_SECONDS = 30


def email(name: str) -> str:
    return f"{name}@example.org"


def register(name: str) -> users_pb2.RegisterUserRequest:
    return users_pb2.RegisterUserRequest(username=name, email=email(name), password=PASSWORD)


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with open_mailbox() as found:
        yield found


def mark_nothing(engines: SharedEngines) -> None:
    """From now on no relay can note that something was delivered."""
    data = {"failCommands": ["delete"], "namespace": f"{engines.database}.outbox", "errorCode": 8000}
    with pymongo.MongoClient[Document](engines.mongodb_url) as client:
        client.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=data)


def mark_again(engines: SharedEngines) -> None:
    with pymongo.MongoClient[Document](engines.mongodb_url) as client:
        client.admin.command("configureFailPoint", "failCommand", mode="off")


def rows(engines: SharedEngines) -> list[str]:
    """What waits in the outbox, by its handler."""
    with pymongo.MongoClient[Document](engines.mongodb_url) as client:
        return [row["handler"] for row in client[engines.database]["outbox"].find()]


def documents(engines: SharedEngines, collection: str) -> int:
    with pymongo.MongoClient[Document](engines.mongodb_url) as client:
        return client[engines.database][collection].count_documents({})


async def until(holds: Callable[[], bool], seconds: float = LEASE_SECONDS + 15) -> None:
    """Wait for what an engine is asked for, which takes a moment each time."""
    await until_answered(lambda: asyncio.to_thread(holds), seconds, every=0.05)


async def stored(raw: RawClient) -> str:
    """An asset with a small file."""
    create = pb.CreateAssetRequest(asset=pb.Asset(title="film", file=FILE_NAME))
    asset_id: str = (await raw.asset("CreateAsset", create)).asset_id
    messages: list[Any] = [
        pb.UploadAssetRequest(start=pb.UploadStart(asset_id=asset_id)),
        pb.UploadAssetRequest(chunk=pb.UploadChunk(data=b"x" * 1000)),
        pb.UploadAssetRequest(finish=pb.UploadFinish()),
    ]
    assert (await raw.upload(messages)).complete
    return asset_id


async def person(raw: RawClient, mailbox: Mailbox, name: str) -> None:
    """Somebody with an account, who is logged in."""
    await raw.user("RegisterUser", register(name))
    await mailbox.wait_for(email(name), 1, 20)
    token = mailbox.tokens(email(name))[0]
    await raw.user("ActivateUser", users_pb2.ActivateUserRequest(activation_token=token))
    await raw.log_in(name, PASSWORD)


async def test_another_one_delivers_again(
    engines: SharedEngines, s3: S3Server, mailbox: Mailbox, tmp_path: Path, figures: Figures
) -> None:
    """A mail goes out twice and its later token is good; the files of somebody who left are gone, without an error."""
    client, ann = s3.client(), email("ann")

    def is_gone() -> bool:
        stored = {found["Key"] for found in client.list_objects_v2(Bucket=engines.bucket.bucket).get("Contents", ())}
        return not documents(engines, "assets") and stored <= {INSTALLATION}

    def starting(name: str, clock_ahead: float = 0) -> AbstractContextManager[ServerProcess]:
        return running_replica(tmp_path / name, engines, mailbox.environment, clock_ahead=clock_ahead)

    with ExitStack() as stack:
        dying = stack.enter_context(starting("dying"))
        async with raw_client(dying.address) as raw:
            await person(raw, mailbox, "bob")
            await stored(raw)
            await until(lambda: not rows(engines))
            mark_nothing(engines)
            stack.callback(mark_again, engines)
            await raw.user("RegisterUser", register("ann"))
            await raw.user("DeleteMe", users_pb2.DeleteMeRequest(password=PASSWORD))
            await until(lambda: mailbox.counts[ann] == 1 and is_gone())
        # In the short form the lease is over by the clock of the heir; in the long one it waits for that.
        heir = stack.enter_context(starting("heir")) if SCALE.is_long else None
        assert mailbox.counts[ann] == 1
        dying.kill()
        began = time.monotonic()
        mark_again(engines)
        heir = heir or stack.enter_context(starting("heir", clock_ahead=LEASE_SECONDS + 1))
        await until(lambda: not rows(engines))
        seconds = time.monotonic() - began
        assert (mailbox.counts[ann], is_gone()) == (2, True)
        async with raw_client(heir.address) as raw:
            token = mailbox.tokens(ann)[1]
            await raw.user("ActivateUser", users_pb2.ActivateUserRequest(activation_token=token))
            await raw.log_in("ann", PASSWORD)
        assert "event" not in heir.log.read_text()
    figures.add(
        Row(
            place=50,
            done="kill -9 of a server that had done what an event asks for, and not noted it yet",
            often="a mail to a new account, the files of somebody who left",
            seen="the mail twice",
            back=f"delivered again by another server after {seconds:.0f} s",
            lost="0 events",
        )
    )
