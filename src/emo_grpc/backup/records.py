"""Copies what a database says into another one, without files and without uploads that are under way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from emo_grpc.backup.asset_records import AssetRecords
from emo_grpc.backup.errors import BackupRefused
from emo_grpc.migration.accounts import Accounts, Sessions
from emo_grpc.migration.audit_trail import copy_audit_trail
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.reconciliation import Reconciliation
from emo_grpc.migration.report import MigrationReport
from emo_grpc.migration.requests_and_events import copy_events, copy_requests
from emo_grpc.migration.resource_kind import ResourceKind, pairs
from emo_grpc.migration.service_accounts import ServiceAccounts

IN_USE: Final = "the database has {} that are not in the backup, or not as they are there: name one that nobody uses"


async def copy_records(source: MetadataStore, target: MetadataStore, now: datetime) -> MigrationReport:
    """Add to the target what it does not have; not which installation it is. Raises Unavailable, StorageFull."""
    report = MigrationReport()
    reconciliation = Reconciliation(source, target, report)
    for kind in kinds_of(source, target):
        await reconciliation.copy_missing(kind)
    await copy_audit_trail(source, target, report)
    await copy_requests(source, target, report, now)
    await copy_events(source, target, report)
    return report


async def require_part_of(source: MetadataStore, target: MetadataStore) -> None:
    """Raise BackupRefused if the target has anything but what an interrupted restore from the source has left."""
    for kind in kinds_of(source, target):
        async for pair in pairs(kind, source, target):
            if pair.target is not None and (pair.source is None or not kind.is_same(pair.source, pair.target)):
                raise BackupRefused(IN_USE.format(kind.name))


# Any: each kind is of an aggregate of its own.
def kinds_of(source: MetadataStore, target: MetadataStore) -> Sequence[ResourceKind[Any]]:
    """In order: each may refer only to those before it."""
    return Accounts(source, target), Sessions(target), ServiceAccounts(target), AssetRecords(target)
