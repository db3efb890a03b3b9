"""A server that dies at any moment of an upload."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import google_crc32c
import grpc
import pytest

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc
from emo.users.v1 import users_pb2, users_pb2_grpc

MIB = 1 << 20
PART = 8 * MIB
DATA = Random(5).randbytes(40 * MIB)
PASSWORD = "correct horse"
# Any: the generated types know only stubs for asyncio.
AssetsStub: Any = assets_pb2_grpc.AssetsServiceStub
UsersStub: Any = users_pb2_grpc.UsersServiceStub


class Client:
    """Somebody who uploads over a connection that is made anew after each crash."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.acknowledged = 0
        self.connect()
        users = UsersStub(self.channel)
        users.RegisterUser(users_pb2.RegisterUserRequest(username="ann", email="ann@example.org", password=PASSWORD))
        tokens = users.Login(users_pb2.LoginRequest(username="ann", password=PASSWORD)).tokens
        self.metadata = (("authorization", f"Bearer {tokens.access_token}"),)
        asset = pb.Asset(title="Film", file=pb.File(name="film.mp4", size_bytes=len(DATA)))
        self.asset_id = self.stub.CreateAsset(pb.CreateAssetRequest(asset=asset), metadata=self.metadata).asset_id

    def connect(self) -> None:
        self.channel = grpc.insecure_channel(self.server.address, [("grpc.use_local_subchannel_pool", 1)])
        self.stub = AssetsStub(self.channel)

    def status(self) -> pb.GetUploadStatusResponse:
        request = pb.GetUploadStatusRequest(asset_id=self.asset_id)
        answer: pb.GetUploadStatusResponse = self.stub.GetUploadStatus(request, metadata=self.metadata)
        return answer

    def upload(self, offset: int, pause: float) -> pb.UploadAssetResponse:
        answer: pb.UploadAssetResponse = self.stub.UploadAsset(self._messages(offset, pause), metadata=self.metadata)
        return answer

    def download(self) -> bytes:
        request = pb.DownloadAssetRequest(asset_id=self.asset_id)
        return b"".join(message.chunk.data for message in self.stub.DownloadAsset(request, metadata=self.metadata))

    def watch(self) -> None:
        """Note what the server says is safe, until it is gone."""
        with suppress(grpc.RpcError):
            while True:
                self.acknowledged = max(self.acknowledged, self.status().persisted_size)

    def _messages(self, offset: int, pause: float) -> Iterator[pb.UploadAssetRequest]:
        yield pb.UploadAssetRequest(start=pb.UploadStart(asset_id=self.asset_id, offset=offset))
        for at in range(offset, len(DATA), MIB):
            data = DATA[at : at + MIB]
            yield pb.UploadAssetRequest(chunk=pb.UploadChunk(data=data, crc32c=google_crc32c.value(data)))
            time.sleep(pause)  # so that there is something to interrupt
        yield pb.UploadAssetRequest(finish=pb.UploadFinish(crc32c=google_crc32c.value(DATA)))


@pytest.mark.parametrize("seed", [1])
def test_a_crash_at_any_moment_of_an_upload(server: ServerProcess, seed: int) -> None:
    """After each crash what was acknowledged is there, in whole parts; nothing is readable before the file is whole."""
    random = Random(seed)
    client = Client(server)
    for _ in range(5):
        status = client.status()
        if status.complete:
            break
        threads = [
            threading.Thread(target=client.watch),
            threading.Thread(target=_upload_until_it_breaks, args=(client, status.persisted_size)),
        ]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.02, 0.3))  # any moment, so there is no condition to wait for
        server.kill()
        for thread in threads:
            thread.join(30)
        client.channel.close()
        server.start()
        client.connect()
        _check(client)
    client.upload(client.status().persisted_size, 0)
    assert client.status().complete
    assert client.download() == DATA
    client.channel.close()


def _upload_until_it_breaks(client: Client, offset: int) -> None:
    with suppress(grpc.RpcError):
        client.upload(offset, 0.005)


def _check(client: Client) -> None:
    status = client.status()
    assert status.persisted_size >= client.acknowledged
    assert status.persisted_size % PART == 0
    if not status.complete:
        with pytest.raises(grpc.RpcError) as caught:
            client.download()
        assert isinstance(caught.value, grpc.Call)
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
