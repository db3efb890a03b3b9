"""Messages that are prepared in files, as clients of emo send them."""

import os
import struct
from pathlib import Path
from typing import Any

import google_crc32c

from benchmarks.native_client import NativeCalls
from emo.assets.v1 import assets_pb2 as pb

CHUNK = 1 << 20
BLOCK = 32 << 20
SERVICE = "/emo.assets.v1.AssetsService"


class Messages:
    """Files in a folder, best one in memory. What is uploaded is the same block of random bytes, so many times.

    Without CRCs if they are not `checked`.
    """

    def __init__(self, folder: Path, block: int = BLOCK, *, checked: bool = True) -> None:
        self._folder = folder
        self.block = os.urandom(block)
        chunks = [self.block[start : start + CHUNK] for start in range(0, block, CHUNK)]
        self._is_checked = checked
        self._body = self._file("body", *(pb.UploadAssetRequest(chunk=self._chunk(chunk)) for chunk in chunks))

    def uploads(self, asset_ids: list[str], size: int, connections: int = 1, *, finished: bool = True) -> NativeCalls:
        """One for each asset, all at once, of `size` bytes each: whole blocks. They pause if not `finished`."""
        starts = [pb.UploadAssetRequest(start=pb.UploadStart(asset_id=asset_id)) for asset_id in asset_ids]
        finish = pb.UploadFinish(crc32c=self._crc32c(size) if self._is_checked else None)
        count = len(asset_ids)
        return NativeCalls(
            f"{SERVICE}/UploadAsset",
            firsts=[self._file(f"start-{index}", start) for index, start in enumerate(starts)],
            body=self._body,
            repeat=size // len(self.block),
            last=self._file("finish", pb.UploadAssetRequest(finish=finish)) if finished else None,
            calls=count,
            at_once=count,
            connections=connections,
        )

    def download(self, asset_id: str, size: int) -> NativeCalls:
        """The whole of a file; servers that have none send `size` bytes of their own."""
        request = self._file("download", pb.DownloadAssetRequest(asset_id=asset_id, length=size))
        return NativeCalls(f"{SERVICE}/DownloadAsset", [request])

    def get_asset(self, asset_id: str, calls: int, at_once: int, connections: int = 1) -> NativeCalls:
        """The same asset, over and over."""
        request = self._file("get", pb.GetAssetRequest(asset_id=asset_id))
        return NativeCalls(f"{SERVICE}/GetAsset", [request], calls=calls, at_once=at_once, connections=connections)

    def _chunk(self, data: bytes) -> pb.UploadChunk:
        return pb.UploadChunk(data=data, crc32c=google_crc32c.value(data) if self._is_checked else None)

    def _crc32c(self, size: int) -> int:
        value = 0
        for _ in range(size // len(self.block)):
            value = google_crc32c.extend(value, self.block)
        return value

    def _file(self, name: str, *messages: Any) -> Path:
        path = self._folder / name
        with path.open("wb") as file:
            for message in messages:
                data = message.SerializeToString()
                # gRPC over HTTP/2, "Length-Prefixed-Message".
                file.write(struct.pack(">BI", 0, len(data)) + data)
        return path
