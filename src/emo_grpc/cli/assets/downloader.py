"""Carries out `emo download`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emo_grpc.cli.assets.file_batch import OneByOne
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import ByteRange, DownloadResult, TargetExists, safe_file_name


@dataclass(frozen=True, slots=True)
class Target:
    """Where the files are to go. `is_folder`: said to be one, so that it is made if it is missing."""

    path: Path
    is_folder: bool


class Downloads:
    """Downloads assets' files one after another to a `target`, which is a folder when there are several."""

    def __init__(self, remote: Remote, target: Target, bars: ProgressBars, *, overwrite: bool) -> None:
        self._remote = remote
        self._target = target
        self._bars = bars
        self._overwrite = overwrite
        self.done: list[DownloadResult] = []
        self.exit_code = 0

    async def download_all(self, asset_ids: Sequence[str], wanted: ByteRange) -> None:
        """All that can be; says which can't, and keeps the exit code of the first of those."""
        one_by_one = OneByOne(self._remote.connection.target, are_several=len(asset_ids) > 1)
        for asset_id in asset_ids:
            with one_by_one.attempt(asset_id):
                if self._overwrite and self.done:
                    await self._refuse_to_lose_another(asset_id)
                self.done.append(await self._download(asset_id, wanted))
        self.exit_code = one_by_one.exit_code

    async def _refuse_to_lose_another(self, asset_id: str) -> None:
        """Overwriting is meant for files of before, not for those of this very command."""
        name = safe_file_name((await self._remote.client.assets.get(asset_id)).file.name, asset_id)
        path = self._target.path / name
        if path in (each.path for each in self.done):
            raise TargetExists(f"{path} is what another of these assets was written to just now")

    async def _download(self, asset_id: str, wanted: ByteRange) -> DownloadResult:
        path, is_folder = self._target.path, self._target.is_folder
        name = asset_id if is_folder or path.is_dir() else path.name
        with self._bars.bar(name, None) as on_progress:
            return await self._remote.client.download(
                asset_id, path, wanted, overwrite=self._overwrite, is_folder=is_folder, on_progress=on_progress
            )
