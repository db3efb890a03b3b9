"""Carries out `emo export` and `emo admin export-user`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import (
    ACCOUNT,
    ASSETS,
    MANIFEST,
    README,
    README_TEXT,
    ExportManifest,
    ExportRecord,
    FileSum,
)
from emo_grpc.cli.assets.exports.export_paths import paths_of
from emo_grpc.cli.assets.exports.targets import ExportTarget
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.assets.folder_names import below
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.transfer_bars import TransferBars

NOT_COMPLETE: Final = "its file is not complete in the vault"


@dataclass(slots=True)
class ExportSummary:
    """What was exported; `missing`: how many files could not be. `exit_code`: that of the first of them."""

    assets: int = 0
    files: int = 0
    bytes: int = 0
    missing: int = 0
    renamed: int = 0
    not_complete: int = 0
    exit_code: int = 0


class Exporter:
    """Writes all assets of a vault to a target, and last what they are."""

    def __init__(self, vault: Vault, target: ExportTarget) -> None:
        self._vault = vault
        self._target = target
        self._summary = ExportSummary()
        self._problems: dict[str, str] = {}
        self._sums: dict[str, FileSum] = {}
        self._manifest = ExportManifest(
            create_time=datetime.now(UTC).isoformat(timespec="seconds"), emo_version=version("emo-grpc"), sums={}
        )

    async def run(self, account: bytes | None = None) -> ExportSummary:
        """Export all that can be; prints what can't be. `account`: JSON of what is known of its owner.

        Raises OSError, Refusal, and what stops a vault.
        """
        await asyncio.to_thread(self._target.begin, self._manifest.to_bytes())
        # By their ids: what is moved to the trash meanwhile is in both lists.
        assets = list({asset.asset_id: asset async for asset in self._vault.assets()}.values())
        complete = [asset for asset in assets if asset.file.HasField("crc32c")]
        paths = await asyncio.to_thread(paths_of, complete, self._target.has)
        self._problems |= {each.asset_id: NOT_COMPLETE for each in assets if each.asset_id not in paths}
        self._summary.not_complete = len(self._problems)
        await self._add_files(complete, paths)
        await asyncio.to_thread(self._describe, assets, paths, account)
        return self._summary

    async def _add_files(self, complete: Sequence[Asset], paths: Mapping[str, PurePosixPath]) -> None:
        self._bars = TransferBars(len(complete), sum(asset.file.size_bytes for asset in complete))

        async def add(asset: Asset) -> None:
            await self._add(asset, paths[asset.asset_id])

        with self._bars:
            await side_by_side(complete, add, lambda asset: asset.file.size_bytes)

    async def _add(self, asset: Asset, path: PurePosixPath) -> None:
        try:
            with self._bars.file(path.name, asset.file.size_bytes) as on_progress:
                if not await asyncio.to_thread(self._target.has, path, WantedAsset.of(asset)):
                    await self._target.add(self._vault, asset, path, on_progress)
        except FileMissing as error:
            print_error(f"{path}: {error}")
            self._problems[asset.asset_id] = str(error)
            self._summary.missing += 1
            self._summary.exit_code = self._summary.exit_code or error.exit_code
        else:
            self._summary.files += 1
            self._summary.renamed += str(path.relative_to(path.parts[0])) != below(asset.folder, asset.file.name)
            self._summary.bytes += asset.file.size_bytes

    def _describe(self, assets: Sequence[Asset], paths: Mapping[str, PurePosixPath], account: bytes | None) -> None:
        self._summary.assets = len(assets)
        lines = (self._record(asset, paths).to_line() for asset in assets)
        self._sums[ASSETS] = self._target.write(ASSETS, lines)
        if account is not None:
            self._sums[ACCOUNT] = self._target.write(ACCOUNT, [account])
        self._target.write(README, [README_TEXT.encode()])
        whole = replace(
            self._manifest,
            is_complete=True,
            asset_count=len(assets),
            file_count=self._summary.files,
            file_bytes=self._summary.bytes,
            missing_count=len(self._problems),
            sums=self._sums,
        )
        self._target.write(MANIFEST, [whole.to_bytes()])

    def _record(self, asset: Asset, paths: Mapping[str, PurePosixPath]) -> ExportRecord:
        problem = self._problems.get(asset.asset_id, "")
        return ExportRecord(asset, "" if problem else str(paths[asset.asset_id]), problem)
