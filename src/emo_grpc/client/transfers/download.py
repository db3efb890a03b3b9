"""Receives an asset's file, and goes on where it was interrupted."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import google_crc32c
import grpc
from google.protobuf.message import DecodeError

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.chunk_frame import ChunkFrame, decode_chunk
from emo_grpc.client.calls import Calls
from emo_grpc.client.errors import EmoClientError
from emo_grpc.client.retries import Attempts, RetryPolicy
from emo_grpc.client.rpc_errors import typed_errors
from emo_grpc.client.session import TOKEN_EXPIRED

DOWNLOAD_METHOD: Final = "/emo.assets.v1.AssetsService/DownloadAsset"
STALL_SECONDS: Final = 60.0

ByteCall = grpc.aio.UnaryStreamCall[pb.DownloadAssetRequest, bytes]
ByteStream = grpc.aio.UnaryStreamMultiCallable[pb.DownloadAssetRequest, bytes]


@dataclass(frozen=True, slots=True)
class DownloadRpcs:
    """The RPC of a download."""

    calls: Calls
    stream: ByteStream

    @classmethod
    def on(cls, channel: grpc.aio.Channel, calls: Calls) -> "DownloadRpcs":
        """Make it; responses stay serialized, see chunk_frame."""
        stream: ByteStream = channel.unary_stream(
            DOWNLOAD_METHOD, request_serializer=pb.DownloadAssetRequest.SerializeToString
        )
        return cls(calls, stream)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Plaintext bytes of a file; `length` 0 = to the end."""

    offset: int = 0
    length: int = 0

    def end_in(self, size: int) -> int:
        """The offset after its last byte in a file of `size` bytes. Raises EmoClientError if it begins behind it."""
        if self.offset > size:
            raise EmoClientError(
                f"the file has {size} bytes, so there is nothing at offset {self.offset}",
                code=grpc.StatusCode.OUT_OF_RANGE,
                reason="OFFSET_OUT_OF_RANGE",
                metadata={"size_bytes": str(size)},
            )
        return min(size, self.offset + self.length) if self.length else size


class Download:
    """A range of one file on its way."""

    def __init__(self, rpcs: DownloadRpcs, asset_id: str, file: pb.File, policy: RetryPolicy) -> None:
        self._rpcs = rpcs
        self._asset_id = asset_id
        self._file = file
        self._attempts = Attempts(policy)
        self._token = ""

    async def chunks(self, offset: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` to before `end`, each chunk checked. Raises EmoClientError."""
        while offset < end:
            try:
                async with aclosing(self._attempt(offset, end)) as received:
                    async for data in received:
                        offset += len(data)
                        self._attempts.progressed()
                        yield data
            except EmoClientError as error:
                await self._attempts.wait_after(error)
                if error.reason == TOKEN_EXPIRED:
                    await self._rpcs.calls.session.renew(self._token)

    async def _attempt(self, offset: int, end: int) -> AsyncGenerator[bytes, None]:
        request = pb.DownloadAssetRequest(asset_id=self._asset_id, offset=offset, length=end - offset)
        self._token = await self._rpcs.calls.session.access_token()
        call = self._rpcs.stream(request, metadata=self._rpcs.calls.metadata(self._token))
        try:
            with typed_errors("the server sends no more bytes"):
                self._check(parse_download(await _read(call)), request)
                async with aclosing(_data(call, end - offset)) as received:
                    async for data in received:
                        yield data
        except DecodeError as error:
            raise _damaged("the server's message can't be read") from error
        finally:
            call.cancel()

    def _check(self, header: object, request: pb.DownloadAssetRequest) -> None:
        if not isinstance(header, pb.DownloadHeader):
            raise _damaged("the server's stream has no header")
        if (header.offset, header.length) != (request.offset, request.length):
            raise _damaged("the server sends another range than asked for")
        if (header.file.size_bytes, header.file.crc32c) != (self._file.size_bytes, self._file.crc32c):
            raise EmoClientError("the file is another one now", code=grpc.StatusCode.ABORTED)


async def _data(call: ByteCall, expected: int) -> AsyncGenerator[bytes, None]:
    """Exactly so many bytes, and then the OK of the server."""
    while expected:
        chunk = parse_download(await _read(call))
        # A CRC-32C of 0 may be left out.
        if not isinstance(chunk, ChunkFrame) or google_crc32c.value(chunk.data) != (chunk.crc32c or 0):
            raise _damaged("a chunk arrived damaged", "CHUNK_CHECKSUM_MISMATCH")
        expected -= len(chunk.data)
        if expected < 0:
            raise _damaged("the server sent more bytes than asked for")
        yield chunk.data
    async with asyncio.timeout(STALL_SECONDS):
        if isinstance(await call.read(), bytes):
            raise _damaged("the server sent more bytes than asked for")


def parse_download(message: bytes) -> pb.DownloadHeader | ChunkFrame | None:
    """Read a serialized DownloadAssetResponse: a header, a chunk, or None for neither.

    Raises google.protobuf.message.DecodeError.
    """
    frame = decode_chunk(message)
    if frame is not None:
        return frame
    parsed = pb.DownloadAssetResponse.FromString(message)
    if parsed.WhichOneof("payload") == "header":
        return parsed.header
    return ChunkFrame(parsed.chunk.data, parsed.chunk.crc32c) if parsed.HasField("chunk") else None


async def _read(call: ByteCall) -> bytes:
    async with asyncio.timeout(STALL_SECONDS):
        message = await call.read()
    if isinstance(message, bytes):
        return message
    raise _damaged("the server's stream ended too early")


def _damaged(sentence: str, reason: str = "") -> EmoClientError:
    return EmoClientError(sentence, code=grpc.StatusCode.INTERNAL, reason=reason)
