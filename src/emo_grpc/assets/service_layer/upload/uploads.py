"""Opens upload streams, up to the limits of the process and of each user."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress

from emo_grpc.assets.domain.commands import RestartUpload, StartUpload
from emo_grpc.assets.domain.errors import BlobNotFound, UploadCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.tickets import CompleteFile, OpenUpload
from emo_grpc.assets.service_layer.transfer_slots import TransferSlots
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.session import RepeatedUpload, UploadSession
from emo_grpc.assets.service_layer.upload.small_upload import SmallUpload, is_small
from emo_grpc.assets.service_layer.upload.writer import UploadWriter
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId


class Uploads:
    """The upload streams of this process."""

    def __init__(self, resources: UploadResources) -> None:
        self._resources = resources
        self.slots = TransferSlots()

    @property
    def parts_in_flight(self) -> int:
        """How many parts are being made durable."""
        return self._resources.parts.count

    @asynccontextmanager
    async def open(self, owner_id: UserId, asset_id: AssetId, offset: int) -> AsyncIterator[UploadSession]:
        """Begin or take over an upload; raises TooManyCalls, AssetNotFound, OffsetOutOfRange.

        Whole parts that have come are stored however the block is left. Until they are, the stream counts against the
        limits.
        """
        with ExitStack() as slot:
            slot.enter_context(self.slots.take(owner_id))
            ticket = await self._resources.bus.handle(StartUpload(owner_id, asset_id, offset))
            if isinstance(ticket, CompleteFile):
                yield RepeatedUpload(ticket, offset)
                return
            async with self._writing(owner_id, ticket, offset, slot) as writer:
                yield writer

    @asynccontextmanager
    async def _writing(
        self, owner_id: UserId, upload: OpenUpload, offset: int, slot: ExitStack
    ) -> AsyncIterator[UploadWriter | SmallUpload]:
        is_one_step = is_small(upload)
        writer = (
            SmallUpload(self._resources, owner_id, upload)
            if is_one_step
            else UploadWriter(self._resources, owner_id, upload, offset)
        )
        try:
            yield writer
        except (BlobNotFound, UploadCorrupt):
            # If somebody has dropped the upload, with its parts, this raises AssetNotFound or UploadSuperseded.
            # Otherwise parts are lost, so the upload can never be completed, and starts over.
            await self._resources.bus.handle(RestartUpload(upload.asset_id, upload.fence))
            raise
        except EmoError:
            with suppress(EmoError):
                await writer.pause()
            raise
        finally:
            ending = writer.abandon()
            if ending is not None:
                held = slot.pop_all()
                ending.add_done_callback(lambda _: held.close())

    async def settled(self) -> None:
        """Wait until the whole parts of streams that broke off are stored."""
        await self._resources.settled()
