"""The transaction of this context."""

from collections.abc import Callable

from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork

AuditUnits = Callable[[], UnitOfWork]
"""Makes a new unit of work: all that it changes is the trail, which every unit of work has."""
