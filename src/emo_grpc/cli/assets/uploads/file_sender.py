"""Uploads one file, and remembers how far it has come."""

import asyncio
from collections import defaultdict

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.file_batch import NO_ANSWER
from emo_grpc.cli.assets.uploads.earlier_uploads import EarlierUploads
from emo_grpc.cli.assets.uploads.outgoing import OutgoingFile
from emo_grpc.cli.assets.uploads.stays import WhatStays
from emo_grpc.cli.assets.uploads.upload_journal import Entry, FileVersion, UploadJournal
from emo_grpc.cli.assets.uploads.upload_results import Uploaded
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import ByteSource, EmoClientError, OnProgress, UploadResult, describe_file, open_file


class FileSender:
    """Sends each file into its folder, as an asset of its own that is described by `about`.

    `again`: also those that are there. `stays` knows what did not count, because they are there.
    """

    def __init__(self, remote: Remote, journal: UploadJournal, about: Asset, *, again: bool) -> None:
        self._remote = remote
        self._journal = journal
        self._earlier = EarlierUploads(remote, journal)
        self._about = about
        self._again = again
        self.stays = WhatStays(about)
        self._turns: dict[bytes, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, file: OutgoingFile, on_progress: OnProgress) -> Uploaded:
        """Send what the server does not have yet. Raises EmoClientError, OSError."""
        version = await self._earlier.version_of(file.path)
        async with self._turns[version.path]:  # it may have been named twice
            return await self._send_version(file, version, on_progress)

    async def _send_version(self, file: OutgoingFile, version: FileVersion, on_progress: OnProgress) -> Uploaded:
        found = await self._earlier.find(version)
        if found is not None and found.asset is not None and found.entry.is_complete:
            if not self._again:
                self.stays.note(found.asset, file.folder)
                return Uploaded.there(file.path, found.asset.asset_id, version.size, found.asset.folder, file.folder)
            found = None
        for asset_id in self._journal.unfinished_before(version):
            print_error(
                f"{file.path} has changed since an unfinished upload of it; drop that one with: emo rm {asset_id}"
            )
        async with open_file(file.path) as source:  # before the asset is made, which nothing would come into otherwise
            entry = await self._created(file, version, found.entry if found else Entry.new(file.folder))
            result = await self._send(source, entry, on_progress, is_new=found is None)
        self._journal.store(version, entry.completed())
        return Uploaded(file.path, result.asset_id, result.size_bytes, folder=file.folder)

    async def _send(
        self, source: ByteSource, entry: Entry, on_progress: OnProgress, *, is_new: bool
    ) -> UploadResult:  # fmt: skip
        try:
            return await self._remote.client.resume_upload(
                entry.asset_id, source, on_progress=on_progress, is_new=is_new
            )
        except EmoClientError as error:
            if error.code in NO_ANSWER:
                error.add_note("what was sent is kept, and the same command goes on with it")
            raise

    async def _created(self, file: OutgoingFile, version: FileVersion, entry: Entry) -> Entry:
        """Make the asset, unless it is made. The request id is noted first, so that a lost answer makes no second."""
        if entry.asset_id:
            return await self._moved(file, version, entry)
        self._journal.store(version, entry)
        asset = describe_file(file.path, self._about, size_bytes=version.size)
        asset.folder = file.folder
        try:
            asset_id = await self._remote.client.assets.create(asset, request_id=entry.request_id)
        except EmoClientError as error:
            if error.reason != "REQUEST_ID_REUSED":
                raise
            # The command has other options this time.
            return await self._created(file, version, Entry.new(file.folder))
        entry = entry.with_asset(asset_id).moved(file.folder)
        self._journal.store(version, entry)
        return entry

    async def _moved(self, file: OutgoingFile, version: FileVersion, entry: Entry) -> Entry:
        """Have an asset whose upload goes on in the folder that is wanted now."""
        if entry.folder == file.folder:
            return entry
        await self._remote.client.assets.update(Asset(asset_id=entry.asset_id, folder=file.folder), ["folder"])
        entry = entry.moved(file.folder)
        self._journal.store(version, entry)
        return entry
