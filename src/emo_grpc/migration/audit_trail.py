"""Copies the audit trail, which is no aggregate."""

from typing import Final
from uuid import UUID

from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, MigrationReport, NotMigrated

ENTRIES: Final = "audit entries"
PAGE: Final = 1_000


async def copy_audit_trail(source: MetadataStore, target: MetadataStore, report: MigrationReport) -> None:
    """Copy all entries, and what is known of their accounts: in the target, too, who was removed since is forgotten."""
    here, there, tally = source.metadata.audit_archive, target.metadata.audit_archive, report.tallies[ENTRIES]
    digest: str | None = None
    while subjects := await here.subjects(digest, PAGE):
        await there.import_subjects(subjects)
        digest = subjects[-1].digest
    after: UUID | None = None
    while entries := await here.entries(after, PAGE):
        whole = [each for each in entries if each.document is not None]
        added = await there.import_entries(whole)
        tally.migrated += added
        tally.present += len(whole) - added
        broken = [each for each in entries if each.document is None]
        report.not_migrated += [NotMigrated("audit event", each.entry_id, DAMAGED) for each in broken]
        after = entries[-1].entry_id
