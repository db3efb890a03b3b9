"""Downloads whose client takes some and then nothing more."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import psutil
import pytest
from hyperframe.frame import SettingsFrame

from attacks.wire import Wire, call_headers, widen, wire
from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1.users_pb2 import LoginRequest
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.assets.service_layer.transfer_memory import MAX_HELD_OF_USER
from emo_grpc.client import EmoClient
from waiting import until

MIB = 1 << 20
STREAMS = 126
WINDOW = 5 * MIB // 4
"""Of each stream: it takes the first segment, so that others were read ahead when it stops."""
LEAST = 7 * MIB // 4
"""What docs/operations.md says that each download holds beside the budget."""
SLACK = 32 * MIB
LARGEST_WINDOW = (1 << 31) - 1
PASSWORD = "correct horse"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path / "server", {"LOG_LEVEL": "info"})
    made.start()
    yield made
    made.kill()


async def stored(server: ServerProcess, file: Path) -> tuple[str, bytes]:
    """The id of an asset with that file, and what lets its owner in."""
    async with EmoClient.connect(server.address) as client:
        await client.users.register("ann", email="ann@example.org", password=PASSWORD)
        await client.login("ann", PASSWORD)
        sent = await client.upload(file)
    async with grpc.aio.insecure_channel(server.address) as channel:
        login = await UsersServiceStub(channel).Login(LoginRequest(username="ann", password=PASSWORD))
        return sent.asset_id, f"Bearer {login.tokens.access_token}".encode()


def resident(server: ServerProcess) -> int:
    """Bytes of memory that the server has."""
    assert server.process is not None
    return int(psutil.Process(server.process.pid).memory_info().rss)


def stall(connection: Wire, asset_id: str, bearer: bytes, streams: int) -> None:
    """Begin so many downloads, and wait until each has sent what its window takes."""
    widen(connection, 0, LARGEST_WINDOW - (1 << 16))
    headers = call_headers(b"/emo.assets.v1.AssetsService/DownloadAsset", (b"authorization", bearer))
    request = pb.DownloadAssetRequest(asset_id=asset_id).SerializeToString()
    calls = [connection.answers[connection.call(headers, request)] for _ in range(streams)]
    connection.read(60, until=lambda: all(len(call.data) == WINDOW for call in calls))
    assert {len(call.data) for call in calls} == {WINDOW}


def have_ended(server: ServerProcess, downloads: int) -> bool:
    """Whether there have been so many: each has one line in the log at its end."""
    return server.log.read_text().count("/emo.assets.v1.AssetsService/DownloadAsset") >= downloads


async def test_downloads_that_nobody_reads(server: ServerProcess, tmp_path: Path) -> None:
    """However many downloads stop being read, and whatever their windows allow, memory grows by the bound at most."""
    file = tmp_path / "film.mp4"
    file.write_bytes(bytes(8 * MIB))
    asset_id, bearer = await stored(server, file)
    before = resident(server)
    for times in (1, 2):  # what the first left must serve the second
        with wire(server.port, {SettingsFrame.INITIAL_WINDOW_SIZE: WINDOW}) as connection:
            stall(connection, asset_id, bearer, STREAMS)
            assert resident(server) - before < MAX_HELD_OF_USER + STREAMS * LEAST + SLACK
            for stream in connection.answers:
                widen(connection, stream, LARGEST_WINDOW - WINDOW)
            connection.read(10, until=lambda: any(len(call.data) > WINDOW for call in connection.answers.values()))
            assert resident(server) - before < MAX_HELD_OF_USER + STREAMS * LEAST + SLACK
        await until(partial(have_ended, server, times * STREAMS))
    async with EmoClient.connect(server.address) as client:
        await client.login("ann", PASSWORD)
        await client.download(asset_id, tmp_path / "copy.mp4")
