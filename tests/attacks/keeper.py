"""A bystander who keeps files at the server that is attacked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from attacks.bystander import DEADLINE_SECONDS, Bystander
from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc

OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
DATA = bytes(range(256)) * 256

# Any: the generated types know only stubs for asyncio.
AssetsStub: Any = assets_pb2_grpc.AssetsServiceStub


class Keeper(Bystander):
    """One who comes with files, over a connection that never retries: a call that fails is one that they noticed."""

    def __init__(self, channel: grpc.Channel, name: str = "ann") -> None:
        super().__init__(channel, name)
        self._assets = AssetsStub(channel)
        self.rounds = 0

    def use(self) -> None:
        """Keep a file, look at it, and remove it; every answer is what it should be."""
        self.look()
        asset = pb.Asset(title="Lake", file=pb.File(name="lake.jpg", size_bytes=len(DATA)))
        asset_id = self._call(self._assets.CreateAsset, pb.CreateAssetRequest(asset=asset)).asset_id
        messages = (
            pb.UploadAssetRequest(start=pb.UploadStart(asset_id=asset_id)),
            pb.UploadAssetRequest(chunk=pb.UploadChunk(data=DATA)),
            pb.UploadAssetRequest(finish=pb.UploadFinish()),
        )
        assert self._call(self._assets.UploadAsset, iter(messages)).complete
        answer = self._call(self._assets.DownloadAsset, pb.DownloadAssetRequest(asset_id=asset_id))
        assert b"".join(message.chunk.data for message in answer) == DATA
        self._call(self._assets.PurgeAsset, pb.PurgeAssetRequest(asset_id=asset_id, force=True))
        self.rounds += 1

    def _call(self, rpc: Any, request: Any) -> Any:
        name, value = (part.decode() for part in self.bearer)
        return rpc(request, metadata=((name, value),), timeout=DEADLINE_SECONDS)


@contextmanager
def keeper_at(server: ServerProcess) -> Iterator[Keeper]:
    """Ann at this server, where nobody else is called so."""
    with grpc.insecure_channel(server.address, options=OPTIONS) as channel:
        yield Keeper(channel)


@contextmanager
def unmoved(keeper: Keeper) -> Iterator[None]:
    """Whatever the block does to the server, they use it meanwhile, and all their calls are answered as ever."""
    failures: list[BaseException] = []
    over = threading.Event()
    before = keeper.rounds

    def go_on() -> None:
        try:
            while not over.is_set():
                keeper.use()
        except BaseException as error:  # is raised where the test sees it
            failures.append(error)

    using = threading.Thread(target=go_on)
    using.start()
    try:
        yield
    finally:
        over.set()
        using.join()
    assert failures == []
    keeper.use()
    assert keeper.rounds >= before + 2
