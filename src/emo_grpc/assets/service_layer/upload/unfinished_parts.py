"""The parts of an upload that is not complete yet."""

from collections.abc import Sequence
from typing import Protocol

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import BlobReader, PartReceipt


class UnfinishedParts(Protocol):
    """A port of blob stores that can read the parts of an upload before it is complete. S3 can't."""

    def open_unfinished(
        self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt], layout: FileLayout
    ) -> BlobReader:
        """Begin to read these parts. Blocking. `layout` is that of a file of all persisted bytes.

        Raises `BlobNotFound` if the upload is unknown.
        """
        ...
