"""Stored rows of an outbox."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import structlog

from emo_grpc.shared.service_layer.outbox import OutboxRow

Row = TypeVar("Row")


def addressable(rows: Iterable[Row], read: Callable[[Row], OutboxRow]) -> Iterator[OutboxRow]:
    """Those with an id. One whose id is damaged can't be leased or removed: it is logged, and holds up no other."""
    for row in rows:
        try:
            yield read(row)
        except ValueError:
            structlog.get_logger("emo").error("a row of the outbox has a damaged id; its event is not delivered")
