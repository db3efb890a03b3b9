"""What an upload has stored before it is complete."""

from collections.abc import Sequence
from typing import Protocol

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import BlobReader, PartReceipt


class UnfinishedParts(Protocol):
    """The port, of stores that let us read such parts; S3 does not."""

    def open_unfinished(
        self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt], layout: FileLayout
    ) -> BlobReader:
        """Begin to read these parts. Blocking. `layout` is that of a file of all persisted bytes.

        Raises `BlobNotFound` if the upload is unknown.
        """
        ...
