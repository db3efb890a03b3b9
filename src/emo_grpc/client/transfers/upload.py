"""Sends an asset's file, and goes on where it was interrupted."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

import google_crc32c
import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.chunk_frame import encode_chunk
from emo_grpc.client.calls import Calls
from emo_grpc.client.errors import ChecksumMismatch, EmoClientError, SourceChanged
from emo_grpc.client.retries import Attempts, RetryPolicy
from emo_grpc.client.rpc_errors import typed_errors
from emo_grpc.client.server_status import ServerStatus
from emo_grpc.client.session import TOKEN_EXPIRED
from emo_grpc.client.transfers.progress import OnProgress, Progress
from emo_grpc.client.transfers.running_crc import RunningCrc
from emo_grpc.client.transfers.sources import ByteSource

UPLOAD_METHOD: Final = "/emo.assets.v1.AssetsService/UploadAsset"
STALL_SECONDS: Final = 60.0
FINISH_SECONDS: Final = 300.0
"""The server may have to write and sync what it still holds, and put the parts together."""

FILE_DAMAGED: Final = "FILE_CHECKSUM_MISMATCH"
STARTS_OVER: Final = (FILE_DAMAGED, "STORED_FILE_CORRUPT")
"""With these the server has dropped all that it had of the file."""

# Quoted, because grpcio's class takes no type parameters at run time.
ByteStream: TypeAlias = "grpc.aio.StreamUnaryMultiCallable[bytes, pb.UploadAssetResponse]"


@dataclass(frozen=True, slots=True)
class UploadResult:
    """A file that is complete at the server: its size in bytes and the CRC-32C of all of it."""

    asset_id: str
    size_bytes: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class UploadRpcs:
    """The RPCs of an upload."""

    calls: Calls
    assets: AssetsServiceStub
    stream: ByteStream

    @classmethod
    def on(cls, channel: grpc.aio.Channel, calls: Calls) -> "UploadRpcs":
        """Make them; requests of the stream are serialized already, see chunk_frame."""
        stream: ByteStream = channel.stream_unary(
            UPLOAD_METHOD, response_deserializer=pb.UploadAssetResponse.FromString
        )
        return cls(calls, AssetsServiceStub(channel), stream)


class Upload:
    """One file on its way. `run` is called once."""

    def __init__(
        self, rpcs: UploadRpcs, asset_id: str, source: ByteSource, on_progress: OnProgress, policy: RetryPolicy
    ) -> None:
        self._rpcs = rpcs
        self._asset_id = asset_id
        self._source = source
        self._on_progress = on_progress
        self._attempts = Attempts(policy)
        self._crc = RunningCrc()
        self._persisted = 0
        self._furthest = 0
        self._token = ""
        self._has_restarted = False

    async def run(self, *, is_new: bool = False) -> UploadResult:
        """Send all that the server does not have yet; `is_new` says that this is all. Raises EmoClientError."""
        ask_first = not is_new
        while True:
            try:
                if ask_first and await self._is_complete():
                    return await self._accept()
                await self._send()
                return UploadResult(self._asset_id, self._crc.offset, self._crc.value)
            except EmoClientError as error:
                await self._recover(error)
            ask_first = True

    async def _is_complete(self) -> bool:
        """Ask the server how far it has come."""
        request = pb.GetUploadStatusRequest(asset_id=self._asset_id)
        status = await self._rpcs.calls.authorized(self._rpcs.assets.GetUploadStatus, request)
        self._persisted = status.persisted_size
        if self._persisted > self._furthest:
            self._furthest = self._persisted
            self._attempts.progressed()
        return status.complete

    async def _accept(self) -> UploadResult:
        """Make sure that the file which is complete is ours: the answer to an earlier finish may have been lost."""
        request = pb.GetAssetRequest(asset_id=self._asset_id)
        file = (await self._rpcs.calls.authorized(self._rpcs.assets.GetAsset, request)).asset.file
        await self._read_up_to(file.size_bytes)
        if self._crc.value != file.crc32c or self._source.size_bytes not in (None, file.size_bytes):
            raise EmoClientError(
                "this asset has another file already",
                code=grpc.StatusCode.FAILED_PRECONDITION,
                reason="FILE_ALREADY_COMPLETE",
            )
        self._on_progress(Progress(file.size_bytes, file.size_bytes, file.size_bytes))
        return UploadResult(self._asset_id, file.size_bytes, file.crc32c)

    async def _recover(self, error: EmoClientError) -> None:
        """Wait before the next try, or raise."""
        if error.reason in STARTS_OVER and not self._has_restarted:
            self._has_restarted = True
            self._furthest = 0
            self._attempts.progressed()
            return
        if error.reason == FILE_DAMAGED:
            raise ChecksumMismatch("the file arrived damaged twice", reason=error.reason) from error
        await self._attempts.wait_after(error, read_up_to=self._crc.offset)
        if error.reason == TOKEN_EXPIRED:
            await self._rpcs.calls.session.renew(self._token)

    async def _read_up_to(self, offset: int) -> None:
        """Bring the running CRC-32C to `offset`, reading only what was never read."""
        self._crc.rewind(offset)
        if self._crc.offset == offset:
            return
        async with aclosing(self._source.read_from(self._crc.offset)) as chunks:
            async for data in chunks:
                self._crc.add(data[: offset - self._crc.offset])
                if self._crc.offset == offset:
                    return
        raise SourceChanged("the server holds more bytes than the source has; it must have changed")

    async def _send(self) -> None:
        await self._source.check_unchanged()
        await self._read_up_to(self._persisted)
        self._token = await self._rpcs.calls.session.access_token()
        call = self._rpcs.stream(metadata=self._rpcs.calls.metadata(self._token))
        try:
            with typed_errors("the server takes no more bytes"):
                answer = await self._answer(call)
        finally:
            call.cancel()
        if not answer.complete:
            raise EmoClientError("the server ended the upload too early", code=grpc.StatusCode.INTERNAL)

    async def _answer(self, call: grpc.aio.StreamUnaryCall[bytes, pb.UploadAssetResponse]) -> pb.UploadAssetResponse:
        server_status = ServerStatus(call)
        # When the server answers before all is sent, a write fails, but not with that answer.
        with suppress(asyncio.InvalidStateError, grpc.aio.AioRpcError):
            await self._write_all(call)
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                return await call
        except grpc.aio.AioRpcError as error:
            raise server_status.cause_of(error) from None

    async def _write_all(self, call: grpc.aio.StreamUnaryCall[bytes, pb.UploadAssetResponse]) -> None:
        start = pb.UploadAssetRequest(start=pb.UploadStart(asset_id=self._asset_id, offset=self._persisted))
        await _write(call, start.SerializeToString())
        async with aclosing(self._source.read_from(self._persisted)) as chunks:
            async for data in chunks:
                self._crc.add(data)
                await _write(call, encode_chunk(data, google_crc32c.value(data)))
                self._on_progress(Progress(self._crc.offset, self._persisted, self._source.size_bytes))
        await self._source.check_unchanged()
        finish = pb.UploadAssetRequest(finish=pb.UploadFinish(crc32c=self._crc.value))
        await _write(call, finish.SerializeToString())
        await call.done_writing()


async def _write(call: grpc.aio.StreamUnaryCall[bytes, pb.UploadAssetResponse], message: bytes) -> None:
    async with asyncio.timeout(STALL_SECONDS):
        await call.write(message)
