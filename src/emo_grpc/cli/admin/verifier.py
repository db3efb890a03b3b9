"""Verifies what is stored, and says what is not as it should be."""

from contextlib import aclosing
from dataclasses import dataclass

import typer

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.integrity.file_check import Damage
from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile, LookAtFile
from emo_grpc.assets.service_layer.ports import CompleteBlob, UnfinishedBlob
from emo_grpc.bootstrap.assets import ORPHAN_AGE, AssetsContext
from emo_grpc.cli.admin.finding_formats import json_of_broken, json_of_orphan, row_of_broken, row_of_orphan
from emo_grpc.cli.admin.findings import Findings
from emo_grpc.cli.failures import EXIT_CODES, FAILED
from emo_grpc.cli.terminal.printing import counted, print_error, print_line
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import OnProgress
from emo_grpc.client import Progress as Transferred
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of `emo admin verify` is asked for."""

    asset_id: str | None
    is_quick: bool
    remove_orphans: bool
    as_json: bool


async def verify(assets: AssetsContext, wanted: Wanted) -> None:
    """Tell of all findings; ends with an exit code if a file can't be read as it was stored."""
    try:
        with Findings(as_json=wanted.as_json) as findings:
            run = _Run(assets, wanted, findings)
            await (run.everything() if wanted.asset_id is None else run.one(wanted.asset_id))
    except UnknownSchemaVersion as error:
        print_error(str(error))
        raise typer.Exit(FAILED) from None
    except AssetNotFound:
        print_error(f"there is no asset {wanted.asset_id}")
        raise typer.Exit(EXIT_CODES["NOT_FOUND"]) from None
    run.sum_up()


@dataclass(slots=True)
class _Run:
    assets: AssetsContext
    wanted: Wanted
    findings: Findings
    looked_at: int = 0
    broken: int = 0
    orphans: int = 0
    removed: int = 0

    async def everything(self) -> None:
        verification = self.assets.verification
        if self.wanted.remove_orphans:
            await self._require_right_database()
        total = await verification.inventory.stored_bytes()
        with ProgressBars() as bars, bars.bar("verifying", total) as tell:
            async with aclosing(verification.files(self._look(total, tell))) as files:
                async for broken in files:
                    self.looked_at += 1
                    self._tell(broken)
            async with aclosing(verification.uploads()) as uploads:
                async for broken in uploads:
                    self._tell(broken)
        await self._look_for_orphans()

    async def _require_right_database(self) -> None:
        verification = self.assets.verification
        try:
            if not await verification.inventory.assets(None, 1):
                raise ForeignStore("the database knows no asset at all, so it may be the wrong one")
            await verification.orphans.require_own_store()
        except ForeignStore as error:
            print_error(f"no orphans are removed: {error}")
            raise typer.Exit(EXIT_CODES["FAILED_PRECONDITION"]) from None

    async def one(self, asset_id: str) -> None:
        verification = self.assets.verification
        with ProgressBars() as bars, bars.bar("verifying", None) as tell:
            found = await verification.one(AssetId.parse(asset_id, "asset"), self._look(0, tell))
        self.looked_at = 1
        for broken in found:
            self._tell(broken)

    def sum_up(self) -> None:
        if self.orphans > self.removed:
            hint = "too young to be removed" if self.wanted.remove_orphans else "--remove-orphans removes old ones"
            print_error(f"{counted(self.orphans - self.removed, 'orphan', 'orphans')} in the file store; {hint}")
        if self.broken:
            problems = counted(self.broken, "problem", "problems")
            print_error(f"{problems} in the files of {counted(self.looked_at, 'asset', 'assets')}")
            raise typer.Exit(EXIT_CODES["DATA_LOSS"])
        if not self.wanted.as_json:
            print_line(f"The files of {counted(self.looked_at, 'asset', 'assets')} are as they were stored.")

    def _look(self, total: int, tell: OnProgress) -> LookAtFile:
        check = self.assets.verification.file_check
        done = 0

        def on_read(count: int) -> None:
            nonlocal done
            done += count
            tell(Transferred(done, done, max(total, done)))

        async def read(asset: Asset) -> list[Damage]:
            return await check.read(asset, on_read)

        async def glance(asset: Asset) -> list[Damage]:
            damages = await check.glance(asset)
            on_read(0 if asset.content is None else asset.content.manifest.size)
            return damages

        return glance if self.wanted.is_quick else read

    def _tell(self, broken: BrokenFile | None) -> None:
        if broken is not None:
            self.broken += 1
            self.findings.tell(row_of_broken(broken), json_of_broken(broken))

    async def _look_for_orphans(self) -> None:
        before, blobs = self.assets.clock() - ORPHAN_AGE, self.assets.files.blobs
        async for unfinished in self.assets.verification.orphans.unfinished(before):
            if self.wanted.remove_orphans:
                await blobs.abort(unfinished.key, unfinished.upload_handle)
            self._tell_orphan(unfinished, is_removed=self.wanted.remove_orphans)
        async for complete in self.assets.verification.orphans.complete():
            is_removed = self.wanted.remove_orphans and complete.time < before
            if is_removed:
                await blobs.delete(complete.key)
            self._tell_orphan(complete, is_removed=is_removed)

    def _tell_orphan(self, orphan: CompleteBlob | UnfinishedBlob, *, is_removed: bool) -> None:
        self.orphans += 1
        self.removed += is_removed
        self.findings.tell(row_of_orphan(orphan, is_removed=is_removed), json_of_orphan(orphan, is_removed=is_removed))
