"""One migration, from preflight to report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore, Orphans
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.audit_trail import copy_audit_trail
from emo_grpc.migration.journal import MigrationJournal
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.move_trail import MoveTrail
from emo_grpc.migration.preflight import Preflight
from emo_grpc.migration.reconciliation import Reconciliation
from emo_grpc.migration.report import MigrationProgress, MigrationRefused, MigrationReport
from emo_grpc.migration.requests_and_events import copy_events, copy_requests
from emo_grpc.migration.resource_kind import ResourceKind


@dataclass(frozen=True, slots=True)
class Migration:
    """Migrates all `kinds`, which are in order: each may refer only to those before it."""

    source: MetadataStore
    target: MetadataStore
    bucket: BlobStore
    journal: MigrationJournal
    trail: MoveTrail
    # Any: each kind is of an aggregate of its own.
    kinds: Sequence[ResourceKind[Any]]

    async def run(self, progress: MigrationProgress, now: datetime) -> MigrationReport:
        """Make the target hold all that the source has.

        Raises MigrationRefused before anything is changed, and Unavailable. It is in the audit trail by then.
        """
        progress.begin(await self._preflight())
        async with self.trail.told_if_it_fails():
            return await self._copy(now)

    async def _copy(self, now: datetime) -> MigrationReport:
        report = MigrationReport()
        reconciliation = Reconciliation(self.source, self.target, report)
        await reconciliation.remove_leftovers(self.bucket)
        for kind in reversed(self.kinds):
            await reconciliation.remove_stale(kind)
        for kind in self.kinds:
            await reconciliation.copy_missing(kind)
        await copy_audit_trail(self.source, self.target, report)
        await copy_requests(self.source, self.target, report, now)
        await copy_events(self.source, self.target, report)
        return report

    async def _preflight(self) -> int:
        preflight = Preflight(self.source, self.target, self.journal)
        for kind in self.kinds:
            await preflight.compare(kind)
        await preflight.compare_bucket(self.bucket)
        preflight.require_usable_target()
        await self.trail.begin()
        await self._claim_bucket()
        self.journal.write()
        return preflight.size

    async def _claim_bucket(self) -> None:
        try:
            await Orphans(self.target.metadata.inventory, self.bucket).require_own_store()
        except ForeignStore as error:
            hint = "name the one that has this bucket, or a bucket that nobody uses"
            raise MigrationRefused(f"{error}: {hint}") from error
