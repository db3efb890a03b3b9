"""Carries out `emo download`."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from emo_grpc.cli.assets.downloads.download_results import print_downloads
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.output import write_bytes
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import ByteRange, DownloadResult, TargetExists, safe_file_name


@dataclass(frozen=True, slots=True)
class Target:
    """Where the files are to go. `is_folder`: said to be one, so that it is made if it is missing."""

    path: Path
    is_folder: bool


async def download_to_stdout(remote: Remote, asset_id: str, wanted: ByteRange) -> None:
    """Write the bytes as they come. Raises EmoClientError, OSError."""
    async with aclosing(remote.client.download_chunks(asset_id, wanted)) as chunks:
        async for data in chunks:
            write_bytes(data)


class Downloader:
    """Downloads assets' files one after another to a `target`, which is a folder when there are several."""

    def __init__(self, remote: Remote, target: Target, *, overwrite: bool) -> None:
        self._remote = remote
        self._target = target
        self._bars = ProgressBars()
        self._overwrite = overwrite
        self._done: list[DownloadResult] = []

    async def download_all(self, asset_ids: Sequence[str], wanted: ByteRange) -> int:
        """Download all that can be, and print them; gives the exit code of the first that can't be.

        Raises EmoClientError, OSError for a failure that stops all of them.
        """
        batch = FileBatch(self._remote.connection.target, are_several=len(asset_ids) > 1)
        try:
            with self._bars:
                for asset_id in asset_ids:
                    with batch.attempt(asset_id):
                        if self._overwrite and self._done:
                            await self._check_name(asset_id)
                        self._done.append(await self._download(asset_id, wanted))
        finally:
            print_downloads(self._done)
        return batch.exit_code

    async def _check_name(self, asset_id: str) -> None:
        """Raise TargetExists for a file of this very command: --force overwrites only what was there before."""
        name = safe_file_name((await self._remote.client.assets.get(asset_id)).file.name, asset_id)
        path = self._target.path / name
        if path in (each.path for each in self._done):
            raise TargetExists(f"{path} is what another of these assets was written to just now")

    async def _download(self, asset_id: str, wanted: ByteRange) -> DownloadResult:
        path, is_folder = self._target.path, self._target.is_folder
        name = asset_id if is_folder or path.is_dir() else path.name
        with self._bars.bar(name, None) as on_progress:
            return await self._remote.client.download(
                asset_id, path, wanted, overwrite=self._overwrite, is_folder=is_folder, on_progress=on_progress
            )
