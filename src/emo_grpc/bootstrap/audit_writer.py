"""Builds what stores audit entries that belong to no change."""

from collections.abc import Callable

import structlog

from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.service_layer.audit.allowance import AuditAllowance
from emo_grpc.shared.service_layer.audit.writer import AuditWriter
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork


def audit_writer(units: Callable[[], UnitOfWork], clock: Clock) -> AuditWriter:
    """One for a process; what it can't store is logged."""
    return AuditWriter(units, AuditAllowance(clock, _report_overflow), _report_loss)


def _report_overflow(entry: AuditEntry) -> None:
    structlog.get_logger("emo.security").warning(
        "refusals of this sort are only counted in the audit trail now, for up to an hour: there are too many",
        kind=str(entry.kind),
        account=str(entry.account or ""),
        request_id=entry.origin.request_id,
    )


def _report_loss(error: Exception, count: int) -> None:
    structlog.get_logger("emo").error(
        "refusals could not be added to the audit trail", count=count, error=type(error).__name__
    )
