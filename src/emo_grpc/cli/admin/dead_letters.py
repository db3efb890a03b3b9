"""Events that could not be delivered, in words."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import typer

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.failures import EXIT_CODES
from emo_grpc.cli.terminal.printing import print_error, print_line
from emo_grpc.shared.service_layer.outbox import OutboxRow

HEADINGS: Final = ("ID", "Event", "Handler", "Attempts", "Last error")
SPARE: Final = ("Event", "Attempts")


def row_of(row: OutboxRow) -> list[str]:
    """One line of `emo admin outbox`."""
    return [str(row.row_id), type(row.event).__name__, row.handler, str(row.attempts), row.error]


async def revive(engines: Engines, row_ids: Sequence[str]) -> None:
    """Make them due again; ends with an exit code if one is not there."""
    missing = [row_id for row_id in row_ids if not await _revive(engines, row_id)]
    print_line(f"{len(row_ids) - len(missing)} will be delivered again by the running server.")
    if missing:
        print_error(f"no such event: {', '.join(missing)}")
        raise typer.Exit(EXIT_CODES["NOT_FOUND"])


async def _revive(engines: Engines, row_id: str) -> bool:
    try:
        parsed = UUID(row_id)
    except ValueError:
        return False
    return await engines.outbox.revive(parsed, now=engines.clock())
