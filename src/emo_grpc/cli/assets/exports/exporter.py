"""Carries out `emo export` and `emo admin export-user`."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import (
    ACCOUNT,
    ASSETS,
    MANIFEST,
    ExportManifest,
    FileSum,
)
from emo_grpc.cli.assets.exports.export_notes import ExportNotes, NotedFile
from emo_grpc.cli.assets.exports.export_paths import name_files
from emo_grpc.cli.assets.exports.targets import ExportTarget
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.assets.folder_names import below
from emo_grpc.cli.assets.side_by_side import SMALL_BYTES, small_and_large
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.transfer_bars import TransferBars
from emo_grpc.thread_work import on_thread

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
        self._sums: dict[str, FileSum] = {}
        self._manifest = ExportManifest(
            create_time=datetime.now(UTC).isoformat(timespec="seconds"), emo_version=version("emo-grpc"), sums={}
        )

    async def run(self, account: bytes | None = None) -> ExportSummary:
        """Export all that can be; prints what can't be. `account`: JSON of what is known of its owner.

        Raises OSError, Refusal, and what stops a vault.
        """
        await asyncio.to_thread(self._target.begin, self._manifest.to_bytes())
        with ExportNotes.opened(self._target.folder) as notes:
            await self._note_all(notes)
            await on_thread(partial(name_files, notes, self._target.has))
            await on_thread(partial(self._target.keep, notes.wants))
            await self._add_files(notes)
            await on_thread(self._target.end)
            await on_thread(partial(self._describe, notes, account))
        return self._summary

    async def _note_all(self, notes: ExportNotes) -> None:
        async with aclosing(self._vault.assets()) as assets:
            async for asset in assets:
                notes.add(asset)

    async def _add_files(self, notes: ExportNotes) -> None:
        self._summary.assets, files, size = notes.sums()
        self._summary.not_complete = self._summary.assets - files
        self._bars = TransferBars(files, size)

        async def add(file: NotedFile) -> None:
            problem = await self._add(file.asset, file.path)
            if problem:
                notes.note_problem(file.asset.asset_id, problem)

        with self._bars:
            await small_and_large(notes.files(below=SMALL_BYTES), notes.files(least=SMALL_BYTES), add)

    async def _add(self, asset: Asset, path: PurePosixPath) -> str:
        """Gives what is wrong with it, empty if it is there."""
        try:
            with self._bars.file(path.name, asset.file.size_bytes) as on_progress:
                if not await asyncio.to_thread(self._target.has, path, WantedAsset.of(asset)):
                    await self._target.add(self._vault, asset, path, on_progress)
        except FileMissing as error:
            print_error(f"{path}: {error}")
            self._summary.missing += 1
            self._summary.exit_code = self._summary.exit_code or error.exit_code
            return str(error)
        self._summary.files += 1
        self._summary.renamed += str(path.relative_to(path.parts[0])) != below(asset.folder, asset.file.name)
        self._summary.bytes += asset.file.size_bytes
        return ""

    def _describe(self, notes: ExportNotes, account: bytes | None) -> None:
        lines = (record.to_line() for record in notes.records(NOT_COMPLETE))
        self._sums[ASSETS] = self._target.write(ASSETS, lines)
        if account is not None:
            self._sums[ACCOUNT] = self._target.write(ACCOUNT, [account])
        whole = replace(
            self._manifest,
            is_complete=True,
            asset_count=self._summary.assets,
            file_count=self._summary.files,
            file_bytes=self._summary.bytes,
            missing_count=self._summary.not_complete + self._summary.missing,
            sums=self._sums,
        )
        self._target.write(MANIFEST, [whole.to_bytes()])
