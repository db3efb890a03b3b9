"""Carries out `emo upload`."""

import os
from collections.abc import Sequence
from pathlib import Path

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.file_batch import NO_ANSWER, FileBatch
from emo_grpc.cli.assets.pipe_uploader import upload_standard_input
from emo_grpc.cli.assets.transfer_results import Uploaded, print_uploads
from emo_grpc.cli.assets.upload_journal import Entry, FileVersion, UploadJournal
from emo_grpc.cli.assets.upload_paths import STANDARD_INPUT
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import ByteSource, EmoClientError, UploadResult, describe_file, open_file


class Uploader:
    """Uploads files one after another, each in its own asset described by `about`."""

    def __init__(self, remote: Remote, journal: UploadJournal, about: Asset, *, again: bool) -> None:
        self._remote = remote
        self._journal = journal
        self._about = about
        self._bars = ProgressBars()
        self._again = again
        self._described_before: list[str] = []

    async def upload_all(self, paths: Sequence[Path], *, as_json: bool) -> int:
        """Upload all that can be, and print them; gives the exit code of the first that can't be.

        Also prints that `about` did not count, because the file is there already. Raises EmoClientError, OSError,
        Refusal for a failure that stops all of them.
        """
        batch, done = FileBatch(self._remote.connection.target, are_several=len(paths) > 1), []
        try:
            with self._bars:
                for path in paths:
                    with batch.attempt(str(path)):
                        is_stream = path == STANDARD_INPUT
                        done.append(await (self._upload_stream() if is_stream else self._upload(path)))
                if self._described_before:
                    self._print_what_stays()
        finally:
            print_uploads(done, as_json=as_json)
        return batch.exit_code

    def _print_what_stays(self) -> None:
        made = self._described_before
        what = f"asset {made[0]} stays" if len(made) == 1 else f"{len(made)} assets stay"
        why = "as described by an earlier run, whatever --tag and the like say now"
        print_error(f"{what} {why}; emo edit changes that")

    async def _upload(self, path: Path) -> Uploaded:
        version = FileVersion.of(path, self._remote.connection.target, await self._remote.client.users.my_id())
        entry = await self._earlier_entry(version)
        if entry is not None and entry.is_complete:
            if not self._again:
                if not await self._is_described(entry.asset_id):
                    self._described_before.append(entry.asset_id)
                return Uploaded(path, entry.asset_id, version.size, was_there=True)
            entry = None
        for asset_id in self._journal.unfinished_before(version):
            print_error(f"{path} has changed since an unfinished upload of it; drop that one with: emo rm {asset_id}")
        async with open_file(path) as source:  # before the asset is made, which nothing would come into otherwise
            entry = await self._created(path, version, entry or Entry.new())
            result = await self._send(path, source, entry)
        self._journal.store(version, entry.completed())
        return Uploaded(path, result.asset_id, result.size_bytes)

    async def _upload_stream(self) -> Uploaded:
        result = await upload_standard_input(self._remote, self._about, self._bars)
        name = self._about.title or self._about.file.name
        return Uploaded(STANDARD_INPUT, result.asset_id, result.size_bytes, name=name)

    async def _send(self, path: Path, source: ByteSource, entry: Entry) -> UploadResult:
        with self._bars.bar(path.name, source.size_bytes) as on_progress:
            try:
                return await self._remote.client.resume_upload(entry.asset_id, source, on_progress=on_progress)
            except EmoClientError as error:
                if error.code in NO_ANSWER:
                    error.add_note("what was sent is kept, and the same command goes on with it")
                raise

    async def _earlier_entry(self, version: FileVersion) -> Entry | None:
        """What an earlier run has begun or done, if the server still knows of it."""
        entry = self._journal.find(version) or self._entry_of_renamed(version)
        if entry is None or not entry.asset_id:
            return entry
        try:
            await self._remote.client.assets.upload_status(entry.asset_id)
        except EmoClientError as error:
            if error.reason != "ASSET_NOT_FOUND":
                raise
            self._journal.forget(entry.asset_id)
            return None
        return entry

    def _entry_of_renamed(self, version: FileVersion) -> Entry | None:
        """What an earlier run has begun with the same file under another name.

        Its bytes are not compared, only its size and time. Another file that looks the same is found out by the
        checksum of the whole, and sent from its start.
        """
        for path, asset_id in self._journal.unfinished_elsewhere(version):
            before = Path(os.fsdecode(path))
            if version.matches(before):
                continue  # a copy
            self._journal.set_path(asset_id, version.path)
            print_error(f"{before} is {os.fsdecode(version.path)} now: its upload goes on as asset {asset_id}")
            return self._journal.find(version)
        return None

    async def _is_described(self, asset_id: str) -> bool:
        """Whether an asset has all that `about` says."""
        if self._about == Asset():
            return True
        stored = await self._remote.client.assets.get(asset_id)
        described = Asset()
        described.CopyFrom(stored)
        described.MergeFrom(self._about)  # which appends the tags
        if not self._about.tags or set(self._about.tags) == set(stored.tags):
            described.tags[:] = stored.tags
        return described == stored

    async def _created(self, path: Path, version: FileVersion, entry: Entry) -> Entry:
        """Make the asset, unless it is made. The request id is noted first, so that a lost answer makes no second."""
        if entry.asset_id:
            return entry
        self._journal.store(version, entry)
        asset = describe_file(path, self._about, size_bytes=version.size)
        try:
            asset_id = await self._remote.client.assets.create(asset, request_id=entry.request_id)
        except EmoClientError as error:
            if error.reason != "REQUEST_ID_REUSED":
                raise
            return await self._created(path, version, Entry.new())  # the command has other options this time
        entry = entry.with_asset(asset_id)
        self._journal.store(version, entry)
        return entry
