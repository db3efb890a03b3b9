"""The whole service on a free port, with people who use it."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import google_crc32c
import grpc
import pytest
from argon2 import Parameters
from argon2.low_level import Type
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.bootstrap.contexts import open_contexts
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.metering.calls import calls_measured
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.bootstrap.service import RunningService, engine_watch
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS, Limits
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.domain.commands import CreateUser
from emo_grpc.users.domain.user import Role
from leftovers import nothing_left_behind

MIB = 1 << 20
PART = 8 * MIB
CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"
POOLS = ("transfer", "blob-store", "sqlite")
UPLOAD = "/emo.assets.v1.AssetsService/UploadAsset"
OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]
NOISE = Random(11).randbytes(3 * PART)

Metadata = tuple[tuple[str, str], ...]


def some_bytes(size: int) -> bytes:
    """The same at every call, and nowhere periodic up to 24 MiB."""
    return NOISE[:size]


def chunks(data: bytes, size: int = MIB) -> list[pb.UploadAssetRequest]:
    """Messages with these bytes, each with its checksum."""
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    return [chunk(piece, google_crc32c.value(piece)) for piece in pieces]


def start(asset_id: str, offset: int = 0) -> pb.UploadAssetRequest:
    return pb.UploadAssetRequest(start=pb.UploadStart(asset_id=asset_id, offset=offset))


def chunk(data: bytes, crc32c: int | None = None) -> pb.UploadAssetRequest:
    return pb.UploadAssetRequest(chunk=pb.UploadChunk(data=data, crc32c=crc32c))


def finish(crc32c: int | None = None) -> pb.UploadAssetRequest:
    return pb.UploadAssetRequest(finish=pb.UploadFinish(crc32c=crc32c))


@dataclass(frozen=True)
class Failure:
    """How a call failed."""

    code: str
    reason: str
    fields: list[str]
    metadata: dict[str, str]
    subjects: list[str] = field(default_factory=list)
    retry_after: float = 0.0

    @property
    def brief(self) -> str:
        return f"{self.code} {self.reason}"


def failure_of(error: Any) -> Failure:
    """What the details of an error say; grpc's two kinds of error have no type in common that knows them."""
    status = rpc_status.from_call(error)
    assert status is not None, error
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    quota, retry = error_details_pb2.QuotaFailure(), error_details_pb2.RetryInfo()
    for detail in status.details:
        assert any(detail.Unpack(kind) for kind in (info, bad, quota, retry, error_details_pb2.LocalizedMessage()))
    assert info.domain == "emo"
    return Failure(
        code=error.code().name,
        reason=info.reason,
        fields=[violation.field for violation in bad.field_violations],
        metadata=dict(info.metadata),
        subjects=[violation.subject for violation in quota.violations],
        retry_after=retry.retry_delay.ToTimedelta().total_seconds(),
    )


async def failure(call: Awaitable[Any]) -> Failure:
    """How a call fails that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        await asyncio.wait_for(call, 30)
    return failure_of(caught.value)


# Any: the generated types know only stubs for asyncio.
make_stub: Any = assets_pb2_grpc.AssetsServiceStub


@dataclass
class Person:
    """Somebody who is logged in. Any: grpc's stub types say nothing of metadata."""

    user_id: str
    tokens: users_pb2.Tokens
    channel: grpc.aio.Channel
    upload_channel: grpc.Channel

    def __post_init__(self) -> None:
        self.stub: Any = assets_pb2_grpc.AssetsServiceStub(self.channel)
        self.upload_stub: Any = make_stub(self.upload_channel)
        self.users: Any = users_pb2_grpc.UsersServiceStub(self.channel)

    @property
    def metadata(self) -> Metadata:
        return (("authorization", f"Bearer {self.tokens.access_token}"),)

    def call(self, name: str, request: Any = None, **options: Any) -> Any:
        """Call an RPC of AssetsService with a message, or with the fields of one."""
        request = getattr(pb, f"{name}Request")() if request is None else request
        return getattr(self.stub, name)(request, metadata=self.metadata, **options)

    async def create(self, size: int = 0, title: str = "Lake", **fields: Any) -> str:
        asset = pb.Asset(title=title, file=pb.File(name="lake.jpg", size_bytes=size), **fields)
        response: pb.CreateAssetResponse = await self.call("CreateAsset", pb.CreateAssetRequest(asset=asset))
        return response.asset_id

    async def send(self, messages: Iterable[pb.UploadAssetRequest]) -> pb.UploadAssetResponse:
        """An upload stream of these messages.

        Over grpc's client with threads: when a server answers before all is sent, the one for asyncio may show the
        failed write in place of that answer.
        """
        stream = Stream(self, *messages)
        return await stream.end()

    async def upload(self, asset_id: str, data: bytes, offset: int = 0) -> pb.UploadAssetResponse:
        """Send the bytes that come after `offset` others, and finish."""
        messages = [start(asset_id, offset), *chunks(data), finish()]
        return await self.send(messages)

    async def stored(self, data: bytes) -> str:
        asset_id = await self.create(len(data))
        assert (await self.upload(asset_id, data)).complete
        return asset_id

    async def paused(self, data: bytes, size: int = 0) -> str:
        """An asset of that declared size, and so much of its file."""
        asset_id = await self.create(size)
        await self.send([start(asset_id), *chunks(data)])
        return asset_id

    async def status(self, asset_id: str) -> pb.GetUploadStatusResponse:
        request = pb.GetUploadStatusRequest(asset_id=asset_id)
        answer: pb.GetUploadStatusResponse = await self.call("GetUploadStatus", request)
        return answer

    async def asset(self, asset_id: str) -> pb.Asset:
        response: pb.GetAssetResponse = await self.call("GetAsset", pb.GetAssetRequest(asset_id=asset_id))
        return response.asset

    async def download(self, asset_id: str, offset: int = 0, length: int = 0) -> bytes:
        """A range of the file; its header and checksums must be right."""
        got = Received()
        await got.receive(self, asset_id, offset, length)
        assert got.header is not None
        assert len(got.data) == got.header.length
        return bytes(got.data)


class Stream:
    """An upload stream that is fed by hand."""

    def __init__(self, person: Person, *messages: Any, timeout: float | None = None, raw: bool = False) -> None:
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.send(*messages)
        method = person.upload_stub.UploadAsset
        if raw:
            method = person.upload_channel.stream_unary(UPLOAD)
        self.call = method.future(iter(self._messages.get, None), metadata=person.metadata, timeout=timeout)

    def send(self, *messages: Any) -> None:
        """Send these; what the server made of them shows at the end."""
        for message in messages:
            self._messages.put(message)

    async def end(self) -> pb.UploadAssetResponse:
        """Send no more, and wait for the answer."""
        self._messages.put(None)
        return await self.answer()

    async def answer(self) -> pb.UploadAssetResponse:
        """Wait for the answer."""
        try:
            answer: pb.UploadAssetResponse = await asyncio.to_thread(self.call.result, 30)
        finally:
            self._messages.put(None)
        return answer

    def cancel(self) -> None:
        """Go away."""
        self.call.cancel()
        self._messages.put(None)


class Received:
    """What has come of a download, also of one that failed."""

    def __init__(self) -> None:
        self.header: pb.DownloadHeader | None = None
        self.data = bytearray()

    async def receive(self, person: Person, asset_id: str, offset: int = 0, length: int = 0) -> None:
        request = pb.DownloadAssetRequest(asset_id=asset_id, offset=offset, length=length)
        async for message in person.call("DownloadAsset", request):
            if self.header is None:
                assert message.WhichOneof("payload") == "header"
                self.header = message.header
                continue
            assert message.WhichOneof("payload") == "chunk"
            assert 0 < len(message.chunk.data) <= 2 * MIB
            assert google_crc32c.value(message.chunk.data) == message.chunk.crc32c
            self.data += message.chunk.data


class Clock:
    """The wall clock, which tests may set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> Any:
        return utc_now() + self.ahead


@dataclass
class Vault:
    """The service and its folder."""

    parts: RunningService
    server: Server
    address: str
    clock: Clock
    folder: Path
    channels: list[grpc.aio.Channel] = field(default_factory=list)
    upload_channels: list[grpc.Channel] = field(default_factory=list)

    def channel(self) -> grpc.aio.Channel:
        """A connection of its own."""
        self.channels.append(grpc.aio.insecure_channel(self.address, options=OWN_CONNECTION))
        return self.channels[-1]

    def upload_channel(self) -> grpc.Channel:
        """A connection of its own, of the client with threads."""
        self.upload_channels.append(grpc.insecure_channel(self.address, options=OWN_CONNECTION))
        return self.upload_channels[-1]

    async def person(self, username: str, *roles: Role, scopes: Sequence[str] = ()) -> Person:
        """Somebody new, logged in over a connection of their own."""
        email = f"{username}@example.org"
        user_id = await self.parts.users.bus.handle(
            CreateUser(username=username, email=email, password=PASSWORD, roles=frozenset(roles or {Role.USER}))
        )
        return await self.logged_in(username, str(user_id), scopes)

    async def logged_in(self, username: str, user_id: str, scopes: Sequence[str] = ()) -> Person:
        channel = self.channel()
        request = users_pb2.LoginRequest(username=username, password=PASSWORD, scopes=scopes)
        tokens = (await users_pb2_grpc.UsersServiceStub(channel).Login(request)).tokens
        return Person(user_id, tokens, channel, self.upload_channel())

    async def deliver(self) -> None:
        """Let the relay run until nothing is due."""
        errors: list[Exception] = []
        handlers = self.parts.contexts.event_handlers
        relay = Relay(self.parts.engines.outbox, handlers, self.clock, lambda _, error, __: errors.append(error))
        while await relay.run_once():
            pass
        assert errors == []

    def stored_files(self) -> list[Path]:
        """All files of uploads and objects."""
        found = (path for folder in ("uploads", "blobs") for path in (self.folder / "files" / folder).rglob("*"))
        return sorted(path for path in found if path.is_file())

    def blob_parts(self) -> list[Path]:
        """The parts of complete objects, in order."""
        blobs = self.folder / "files" / "blobs"
        found = [path for path in blobs.rglob("*") if path.is_file() and path.name.isdigit()]
        return sorted(found, key=lambda path: int(path.name))


SETTINGS = Settings(_env_file=None, emo_listen="127.0.0.1:0")


@asynccontextmanager
async def open_vault(
    folder: Path, limits: Limits = DEFAULT_LIMITS, meters: PrometheusMeters | None = None, **settings: Any
) -> AsyncIterator[Vault]:
    """The service on a folder; the same folder again is the service restarted. It must leave nothing open."""
    filled = fill_secrets(SETTINGS.model_copy(update={"data_folder": folder} | settings))
    clock = Clock()
    async with (
        nothing_left_behind(),
        open_engines(filled.settings, clock, meters=meters) as engines,
        open_contexts(engines, Argon2PasswordHasher(CHEAP)) as contexts,
        calls_measured(meters) as measured,
    ):
        watch = engine_watch(engines, contexts.assets)
        parts = RunningService(filled, engines, contexts, watch, measured=measured)
        server = parts.server(limits)
        vault = Vault(parts, server, await server.start(), clock, folder)
        try:
            yield vault
        finally:
            for channel in vault.channels:
                await channel.close()
            for upload_channel in vault.upload_channels:
                upload_channel.close()
            await server.stop(timedelta(0))
            await contexts.assets.uploads.settled()
    assert open_files(folder / "files") == []
    assert list((folder / "files" / "trash").glob("*")) == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(POOLS)]


def open_files(folder: Path) -> list[str]:
    """The files of that folder that this process holds open, where the system tells."""
    descriptors = Path("/proc/self/fd")
    found = []
    for descriptor in descriptors.iterdir() if descriptors.is_dir() else ():
        with suppress(OSError):  # the one that listed them is gone
            found.append(str(descriptor.readlink()))
    return [path for path in found if path.startswith(str(folder))]
