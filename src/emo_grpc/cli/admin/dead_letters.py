"""Carries out `emo admin outbox`."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.assets.short_ids import match_id
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import print_line, print_rows
from emo_grpc.shared.service_layer.outbox import OutboxRow

HEADINGS: Final = ("ID", "Event", "Handler", "Attempts", "Last error")
SPARE: Final = ("Event", "Attempts")


async def list_or_retry(retry: Sequence[str], limit: int, engines: Engines, *, retry_all: bool) -> None:
    """Print events that could not be delivered, or make some of them due again. Raises Refusal if one is not there."""
    found = await engines.outbox.dead_letters(limit)
    ids = [str(row.row_id) for row in found]
    if retry_all or retry:
        await _retry(engines, ids if retry_all else [match_id(given, ids) for given in retry])
    else:
        print_rows(HEADINGS, map(_row, found), right=("Attempts",), spare=SPARE, short=True)


def _row(row: OutboxRow) -> list[str]:
    return [str(row.row_id), type(row.event).__name__, row.handler, str(row.attempts), row.error]


async def _retry(engines: Engines, row_ids: Sequence[str]) -> None:
    missing = [row_id for row_id in row_ids if not await _revive(engines, row_id)]
    print_line(f"{len(row_ids) - len(missing)} will be delivered again by the running server.")
    if missing:
        raise Refusal(f"no such event: {', '.join(missing)}", EXIT_CODES["NOT_FOUND"])


async def _revive(engines: Engines, row_id: str) -> bool:
    try:
        parsed = UUID(row_id)
    except ValueError:
        return False
    return await engines.outbox.revive(parsed, now=engines.clock())
