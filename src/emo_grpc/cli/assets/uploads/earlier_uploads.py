"""Tells what earlier runs of `emo upload` have begun or done."""

import os
from dataclasses import dataclass
from pathlib import Path

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.uploads.upload_journal import Entry, FileVersion, UploadJournal
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import EmoClientError


@dataclass(frozen=True, slots=True)
class EarlierUpload:
    """What is known of one, and its asset as it is now; None where none is known to be made yet."""

    entry: Entry
    asset: Asset | None = None


class EarlierUploads:
    """What the journal knows, as far as the server still knows of it."""

    def __init__(self, remote: Remote, journal: UploadJournal) -> None:
        self._remote = remote
        self._journal = journal
        self._user_id = ""

    async def version_of(self, path: Path) -> FileVersion:
        """The file as it is now. Raises OSError, EmoClientError."""
        self._user_id = self._user_id or await self._remote.client.users.my_id()
        return FileVersion.of(path, self._remote.connection.target, self._user_id)

    async def find(self, version: FileVersion) -> EarlierUpload | None:
        """An upload to go on with, or that is done, with the folder that it is in by now.

        What the server has no more, is forgotten.
        """
        entry = self._journal.find(version) or self._entry_of_renamed(version)
        if entry is None:
            return None
        if not entry.asset_id:
            return EarlierUpload(entry)
        asset = await self._asset_of(entry)
        if asset is None:
            self._journal.forget(entry.asset_id)
            return None
        return EarlierUpload(entry.moved(asset.folder), asset)

    async def find_complete(self, version: FileVersion) -> Asset | None:
        """The asset of this very version, if all of it is at the server. Changes nothing."""
        entry = self._journal.find(version)
        return await self._asset_of(entry) if entry is not None and entry.is_complete else None

    async def _asset_of(self, entry: Entry) -> Asset | None:
        """As it is now; None if the server does not have it, or only in the trash."""
        try:
            asset = await self._remote.client.assets.get(entry.asset_id)
        except EmoClientError as error:
            if error.reason != "ASSET_NOT_FOUND":
                raise
            return None
        return None if asset.HasField("delete_time") else asset

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
