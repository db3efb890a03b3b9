"""The order of messages in an upload stream."""

from collections.abc import AsyncIterator
from typing import Final

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.errors import UploadProtocolViolation
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints.message_reader import MessageReader, reading
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.upload.session import UploadSession
from emo_grpc.assets.service_layer.upload.uploads import Uploads
from emo_grpc.shared.domain.errors import FieldViolation, InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.drain import Drain

MAX_CHUNK_BYTES: Final = 2 << 20

Request = assets_pb2.UploadAssetRequest | ReceivedChunk
"""A chunk in the usual layout never becomes a protobuf object (see codecs)."""
Response = assets_pb2.UploadAssetResponse


async def receive_upload(
    messages: AsyncIterator[Request], owner_id: UserId, uploads: Uploads, drain: Drain, max_silence: float
) -> Response:
    """Take `start`, chunks, and perhaps `finish`. `max_silence` is in seconds: how long no bytes may come."""
    async with reading(messages, drain, max_silence) as reader:
        start = _start_of(await reader.read())
        reader.progressed()
        asset_id = AssetId.parse(start.asset_id, "start.asset_id")
        if start.offset < 0:
            raise InvalidArgument.of("start.offset", "must not be negative")
        async with uploads.open(owner_id, asset_id, start.offset) as writer:
            complete = await _receive(reader, writer)
            return Response(persisted_size=writer.persisted_size, complete=complete)


async def _receive(reader: MessageReader[Request], writer: UploadSession) -> bool:
    while (message := await reader.read()) is not None:
        if isinstance(message, ReceivedChunk):
            await _write(message, writer, reader)
            continue
        payload = message.WhichOneof("payload")
        if payload == "chunk":
            await _write(_received(message.chunk), writer, reader)
        elif payload == "finish":
            if await reader.read() is not None:
                raise _violation("finish", "must be the last message")
            crc32c = message.finish.crc32c if message.finish.HasField("crc32c") else None
            await writer.finish(crc32c)
            return True
        elif payload == "start":
            raise _violation("start", "must come only once")
        else:
            raise _violation("payload", "must be set")
    await writer.pause()
    return writer.is_complete


async def _write(chunk: ReceivedChunk, writer: UploadSession, reader: MessageReader[Request]) -> None:
    if len(chunk.data) > MAX_CHUNK_BYTES:
        raise _violation("chunk.data", f"must have at most {MAX_CHUNK_BYTES} bytes, has {len(chunk.data)}")
    if chunk.data:
        reader.progressed()
    await writer.write(chunk)


def _received(chunk: assets_pb2.UploadChunk) -> ReceivedChunk:
    return ReceivedChunk.of(chunk.data, chunk.crc32c if chunk.HasField("crc32c") else None)


def _start_of(message: Request | None) -> assets_pb2.UploadStart:
    if message is None:
        raise _violation("start", "must come first, and the stream is empty")
    if isinstance(message, ReceivedChunk) or message.WhichOneof("payload") != "start":
        raise _violation("start", "must come first")
    return message.start


def _violation(field: str, description: str) -> UploadProtocolViolation:
    return UploadProtocolViolation(f"{field} {description}", [FieldViolation(field, description)])
