"""Carries out `emo admin verify`."""

from contextlib import aclosing
from dataclasses import dataclass

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.integrity.file_check import Damage
from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile, CheckFile
from emo_grpc.assets.service_layer.ports import CompleteBlob, UnfinishedBlob
from emo_grpc.bootstrap.assets import ORPHAN_AGE, AssetsContext, open_assets
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.admin.storage.finding_formats import broken_file, orphan_blob
from emo_grpc.cli.admin.storage.findings import Findings
from emo_grpc.cli.failures import EXIT_CODES, FAILED, Refusal
from emo_grpc.cli.terminal.printing import counted, print_error, print_line
from emo_grpc.cli.terminal.progress_bars import Bar, ProgressBars
from emo_grpc.hosting.allocator import settle_allocator
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """The options of `emo admin verify`."""

    asset_id: str | None
    is_quick: bool
    remove_orphans: bool
    as_json: bool


async def verify_engines(options: VerifyOptions, engines: Engines) -> None:
    """Print all findings. Raises Refusal if a file can't be read as it was stored."""
    settle_allocator()
    async with open_assets(engines) as assets:
        verifier = Verifier(assets, options)
        try:
            with verifier.findings:
                await (verifier.verify_all() if options.asset_id is None else verifier.verify_asset(options.asset_id))
        except UnknownSchemaVersion as error:
            raise Refusal(str(error), FAILED) from error
        except AssetNotFound as error:
            raise Refusal(f"there is no asset {options.asset_id}", EXIT_CODES["NOT_FOUND"]) from error
        verifier.sum_up()


class Verifier:
    """Goes through what is stored, and counts what it finds."""

    def __init__(self, assets: AssetsContext, options: VerifyOptions) -> None:
        self.findings = Findings(as_json=options.as_json)
        self._assets = assets
        self._verification = assets.verification
        self._options = options
        self._checked = self._broken = self._orphans = self._removed = 0

    async def verify_all(self) -> None:
        """Check all files and uploads, and look for orphans. Raises Refusal, UnknownSchemaVersion."""
        if self._options.remove_orphans:
            await self._require_right_database()
        total = await self._verification.inventory.stored_bytes()
        with ProgressBars() as bars, bars.bar("verifying", total) as bar:
            async with aclosing(self._verification.files(self._file_check(bar))) as files:
                async for broken in files:
                    self._checked += 1
                    self._add(broken)
            async with aclosing(self._verification.uploads()) as uploads:
                async for broken in uploads:
                    self._add(broken)
        await self._look_for_orphans()

    async def verify_asset(self, asset_id: str) -> None:
        """Check the file and the upload of one asset. Raises AssetNotFound, UnknownSchemaVersion."""
        with ProgressBars() as bars, bars.bar("verifying", None) as bar:
            found = await self._verification.one(AssetId.parse(asset_id, "asset"), self._file_check(bar))
        self._checked = 1
        for broken in found:
            self._add(broken)

    def sum_up(self) -> None:
        """Print how many there are of each. Raises Refusal if a file is broken."""
        checked = counted(self._checked, "asset", "assets")
        if self._orphans > self._removed:
            hint = "too young to be removed" if self._options.remove_orphans else "--remove-orphans removes old ones"
            print_error(f"{counted(self._orphans - self._removed, 'orphan', 'orphans')} in the file store; {hint}")
        if self._broken:
            problems = counted(self._broken, "problem", "problems")
            raise Refusal(f"{problems} in the files of {checked}", EXIT_CODES["DATA_LOSS"])
        if not self._options.as_json:
            print_line(f"The files of {checked} are as they were stored.")

    async def _require_right_database(self) -> None:
        try:
            if not await self._verification.inventory.assets(None, 1):
                raise ForeignStore("the database knows no asset at all, so it may be the wrong one")
            await self._verification.orphans.require_own_store()
        except ForeignStore as error:
            raise Refusal(f"no orphans are removed: {error}", EXIT_CODES["FAILED_PRECONDITION"]) from error

    def _file_check(self, bar: Bar) -> CheckFile:
        check = self._verification.file_check

        async def check_bytes(asset: Asset) -> list[Damage]:
            return await check.check_bytes(asset, bar.advance)

        async def check_sizes(asset: Asset) -> list[Damage]:
            damages = await check.check_sizes(asset)
            bar.advance(0 if asset.content is None else asset.content.manifest.size)
            return damages

        return check_sizes if self._options.is_quick else check_bytes

    def _add(self, broken: BrokenFile | None) -> None:
        if broken is not None:
            self._broken += 1
            self.findings.add(broken_file(broken))

    async def _look_for_orphans(self) -> None:
        before, blobs = self._assets.clock() - ORPHAN_AGE, self._assets.files.blobs
        async for unfinished in self._verification.orphans.unfinished(before):
            if self._options.remove_orphans:
                await blobs.abort(unfinished.key, unfinished.upload_handle)
            self._add_orphan(unfinished, is_removed=self._options.remove_orphans)
        async for complete in self._verification.orphans.complete():
            is_removed = self._options.remove_orphans and complete.time < before
            if is_removed:
                await blobs.delete(complete.key)
            self._add_orphan(complete, is_removed=is_removed)

    def _add_orphan(self, orphan: CompleteBlob | UnfinishedBlob, *, is_removed: bool) -> None:
        self._orphans += 1
        self._removed += is_removed
        self.findings.add(orphan_blob(orphan, is_removed=is_removed))
