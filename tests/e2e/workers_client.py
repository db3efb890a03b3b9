"""Somebody who finds out which worker answers, and what the workers wrote into the log."""

import json
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from random import Random
from typing import Any

import grpc

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc
from emo.users.v1 import users_pb2, users_pb2_grpc
from waiting import wait_until

MIB = 1 << 20
PART = 8 * MIB
DATA = Random(7).randbytes(PART + 3 * MIB)
# Any: the generated types know only stubs for asyncio.
AssetsStub: Any = assets_pb2_grpc.AssetsServiceStub
UsersStub: Any = users_pb2_grpc.UsersServiceStub


class WorkersClient:
    """Somebody with an account and one connection, who finds out which worker has it."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._name = f"u{uuid.uuid4().hex[:8]}"
        self.connect()
        users = UsersStub(self._channel)
        account = {"username": self._name, "password": "correct horse"}
        users.RegisterUser(users_pb2.RegisterUserRequest(email=f"{self._name}@example.org", **account))
        tokens = users.Login(users_pb2.LoginRequest(**account)).tokens
        self.metadata = (("authorization", f"Bearer {tokens.access_token}"),)

    def connect(self) -> None:
        self._channel = grpc.insecure_channel(self._server.address, [("grpc.use_local_subchannel_pool", 1)])

    def connect_to(self, worker: int) -> None:
        """The system chooses the worker by the port that we come from, so each try is another throw."""
        for _ in range(100):
            self.close()
            self.connect()
            if self.worker() == worker:
                return
        raise AssertionError(f"no connection comes to worker {worker}")

    def worker(self) -> int:
        """Which one answers us: it writes a line of the log for each call."""
        request_id = uuid.uuid4().hex
        self.get_me(("x-request-id", request_id))
        return int(wait_for_line(self._server, lambda line: line.get("request_id") == request_id)["worker"])

    def get_me(self, *more: tuple[str, str]) -> str:
        me = UsersStub(self._channel).GetMe(users_pb2.GetMeRequest(), metadata=(*self.metadata, *more), timeout=10)
        return str(me.user.username)

    @cached_property
    def asset_id(self) -> str:
        asset = pb.Asset(title="Film", file=pb.File(name="film.mp4", size_bytes=len(DATA)))
        return str(self._assets.CreateAsset(pb.CreateAssetRequest(asset=asset), metadata=self.metadata).asset_id)

    def upload(self, begin: int, end: int) -> pb.UploadAssetResponse:
        """Send these bytes, and finish if they are the last."""
        answer: pb.UploadAssetResponse = self._assets.UploadAsset(self._messages(begin, end), metadata=self.metadata)
        return answer

    def begin_upload(self, messages: Iterator[pb.UploadAssetRequest]) -> "grpc.Future[pb.UploadAssetResponse]":
        running: grpc.Future[pb.UploadAssetResponse] = self._assets.UploadAsset.future(messages, metadata=self.metadata)
        return running

    def download(self) -> bytes:
        request = pb.DownloadAssetRequest(asset_id=self.asset_id)
        return b"".join(message.chunk.data for message in self._assets.DownloadAsset(request, metadata=self.metadata))

    def begin_download(self) -> Iterator[pb.DownloadAssetResponse]:
        """It goes on only as it is read, for it is more than is sent ahead."""
        request = pb.DownloadAssetRequest(asset_id=self.asset_id)
        running: Iterator[pb.DownloadAssetResponse] = self._assets.DownloadAsset(request, metadata=self.metadata)
        return running

    def close(self) -> None:
        self._channel.close()

    @property
    def _assets(self) -> Any:
        return AssetsStub(self._channel)

    def _messages(self, begin: int, end: int) -> Iterator[pb.UploadAssetRequest]:
        yield pb.UploadAssetRequest(start=pb.UploadStart(asset_id=self.asset_id, offset=begin))
        for at in range(begin, end, MIB):
            yield pb.UploadAssetRequest(chunk=pb.UploadChunk(data=DATA[at : min(at + MIB, end)]))
        if end == len(DATA):
            yield pb.UploadAssetRequest(finish=pb.UploadFinish())


def log_lines(server: ServerProcess) -> list[dict[str, Any]]:
    """All that came out of the processes, which is JSON and nothing else; the last line may be under way."""
    return [json.loads(line) for line in server.log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def wait_for_line(server: ServerProcess, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first such line of the log; it may come a moment after what it tells."""

    def found() -> list[dict[str, Any]]:
        return [line for line in log_lines(server) if is_it(line)]

    wait_until(found, shown=server.log.read_text)
    return found()[0]
