"""Tells what `emo upload` would do."""

from collections.abc import Sequence

from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.assets.uploads.earlier_uploads import EarlierUploads
from emo_grpc.cli.assets.uploads.outgoing import OutgoingFile
from emo_grpc.cli.assets.uploads.upload_journal import UploadJournal
from emo_grpc.cli.assets.uploads.upload_paths import STANDARD_INPUT
from emo_grpc.cli.assets.uploads.upload_results import Uploaded
from emo_grpc.cli.connection.remote import Remote


class Rehearsal:
    """Looks at each file, and sends nothing and remembers nothing."""

    def __init__(self, remote: Remote, journal: UploadJournal, *, again: bool) -> None:
        self._server = remote.connection.target
        self._earlier = EarlierUploads(remote, journal)
        self._again = again

    async def look_at(self, files: Sequence[OutgoingFile]) -> tuple[list[Uploaded], int]:
        """What would become of each, and the exit code of the first that can't be looked at."""
        batch = FileBatch(self._server, are_several=len(files) > 1)
        planned = {file: Uploaded(file.path, "", file.size, Outcome.FAILED, file.folder) for file in files}

        async def look(file: OutgoingFile) -> None:
            with batch.attempt(str(file.path)):
                planned[file] = await self._plan_of(file)

        await side_by_side(files, look)
        return [planned[file] for file in files], batch.exit_code

    async def _plan_of(self, file: OutgoingFile) -> Uploaded:
        found = None
        if file.path != STANDARD_INPUT and not self._again:
            found = await self._earlier.find_complete(await self._earlier.version_of(file.path))
        if found is None:
            return Uploaded(file.path, "", file.size, folder=file.folder)
        return Uploaded.there(file.path, "", file.size, found.folder, file.folder)
