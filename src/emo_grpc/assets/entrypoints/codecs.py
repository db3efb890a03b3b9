"""Chunks go to and from their wire format without a protobuf object in between."""

from typing import Final

from emo.assets.v1.assets_pb2 import DownloadAssetResponse, UploadAssetRequest
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.chunk_frame import ChunkFrame, encode_chunk, find_chunk
from emo_grpc.shared.entrypoints.interceptor import Codec


def decode_upload(message: bytes) -> UploadAssetRequest | ReceivedChunk:
    """Read a message of an upload stream; raises google.protobuf.message.DecodeError."""
    place = find_chunk(message)
    return UploadAssetRequest.FromString(message) if place is None else ReceivedChunk.inside(message, *place)


def encode_download(message: DownloadAssetResponse | ChunkFrame) -> bytes:
    """Write a message of a download stream."""
    if isinstance(message, ChunkFrame):
        return encode_chunk(message.data, message.crc32c or 0)
    return message.SerializeToString()


CODECS: Final = {
    "UploadAsset": Codec(decode=decode_upload),
    "DownloadAsset": Codec(encode=encode_download),
}
