"""Carries out `emo upload`."""

from collections.abc import Sequence

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.side_by_side import SMALL_BYTES, side_by_side
from emo_grpc.cli.assets.uploads.file_sender import FileSender
from emo_grpc.cli.assets.uploads.outgoing import OutgoingFile, total_size
from emo_grpc.cli.assets.uploads.pipe_uploader import upload_standard_input
from emo_grpc.cli.assets.uploads.upload_journal import UploadJournal
from emo_grpc.cli.assets.uploads.upload_paths import STANDARD_INPUT
from emo_grpc.cli.assets.uploads.upload_results import Uploaded
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.transfer_bars import TransferBars

Numbered = tuple[int, OutgoingFile]


class Uploader:
    """Uploads files, several small ones at once, each into its folder and its own asset described by `about`.

    `again`: also those that are there.
    """

    def __init__(self, remote: Remote, journal: UploadJournal, about: Asset, *, again: bool) -> None:
        self._remote = remote
        self._about = about
        self._sender = FileSender(remote, journal, about, again=again)
        self._results: dict[int, Uploaded] = {}

    @property
    def results(self) -> list[Uploaded]:
        """What became of each file so far, in their order."""
        return [self._results[place] for place in sorted(self._results)]

    async def upload_all(self, files: Sequence[OutgoingFile]) -> int:
        """Upload all that can be; gives the exit code of the first that can't be.

        Also prints that `about` did not count, because a file is there already. Raises EmoClientError, OSError, Refusal
        for a failure that stops all of them.
        """
        batch = FileBatch(self._remote.connection.target, are_several=len(files) > 1)
        with TransferBars(len(files), total_size(files)) as bars:

            async def upload(numbered: Numbered) -> None:
                place, file = numbered
                with batch.attempt(str(file.path)):
                    self._results[place] = await self._upload(file, bars)
                failed = Uploaded(file.path, "", file.size, Outcome.FAILED, file.folder)
                self._results.setdefault(place, failed)

            await side_by_side(list(enumerate(files)), upload, _size_of)
        self._sender.stays.print()
        return batch.exit_code

    async def _upload(self, file: OutgoingFile, bars: TransferBars) -> Uploaded:
        if file.path == STANDARD_INPUT:
            return await self._upload_stream(file, bars)
        with bars.file(file.path.name, file.size) as on_progress:
            return await self._sender.send(file, on_progress)

    async def _upload_stream(self, file: OutgoingFile, bars: TransferBars) -> Uploaded:
        about = Asset()
        about.CopyFrom(self._about)
        about.folder = file.folder
        result = await upload_standard_input(self._remote, about, bars)
        name = about.title or about.file.name
        return Uploaded(file.path, result.asset_id, result.size_bytes, folder=file.folder, name=name)


def _size_of(numbered: Numbered) -> int:
    _, file = numbered
    return SMALL_BYTES if file.path == STANDARD_INPUT else file.size  # a pipe may bring any number of bytes
