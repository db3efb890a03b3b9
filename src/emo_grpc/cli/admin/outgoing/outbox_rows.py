"""Carries out `emo admin outbox`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.assets.short_ids import is_id_prefix, match_id
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.message_texts import time_text
from emo_grpc.cli.terminal.printing import print_json, print_line, print_rows
from emo_grpc.shared.service_layer.outbox import OutboxRow

HEADINGS: Final = ("ID", "Event", "Handler", "Attempts", "Last error", "State", "Due")
PAGE: Final = 500


async def list_rows(limit: int, engines: Engines, *, as_json: bool) -> None:
    """Print dead letters, then what waits, in the order in which it is due."""
    found = await engines.outbox.dead_letters(limit)
    found += await engines.outbox.waiting(limit - len(found))
    if as_json:
        print_json([_fields(row) for row in found])
    else:
        print_rows(HEADINGS, map(_row, found), right=("Attempts",), short=True)


async def retry_rows(given: Sequence[str], engines: Engines, *, every: bool) -> None:
    """Make some due at once, or every one that has failed; raises Refusal if one is not there."""
    row_ids = [str(row.row_id) async for row in _rows(engines) if row.is_dead or row.attempts] if every else given

    async def retry(row_id: UUID) -> bool:
        return await engines.outbox.revive(row_id, now=engines.clock())

    await _do(engines, row_ids, retry, "will be delivered again by the running server")


async def drop_rows(given: Sequence[str], engines: Engines) -> None:
    """Remove some for good; raises Refusal if one is not there."""
    await _do(engines, given, engines.outbox.drop, "dropped, and will not be delivered")


def _row(row: OutboxRow) -> list[str]:
    due_time = Timestamp()
    due_time.FromDatetime(row.due_time)
    due = time_text(due_time, is_set=not row.is_dead)
    return [str(row.row_id), row.event_type, row.handler, str(row.attempts), row.error, _state(row), due]


def _fields(row: OutboxRow) -> dict[str, object]:
    """For programs; the due time is RFC 3339."""
    return {
        "id": str(row.row_id),
        "event": row.event_type,
        "handler": row.handler,
        "attempts": row.attempts,
        "last_error": row.error,
        "state": _state(row),
        "due_time": None if row.is_dead else row.due_time.isoformat(),
    }


def _state(row: OutboxRow) -> str:
    return "dead" if row.is_dead else "waiting"


async def _do(engines: Engines, given: Sequence[str], act: Callable[[UUID], Awaitable[bool]], done: str) -> None:
    known = [str(row.row_id) async for row in _rows(engines)] if any(map(is_id_prefix, given)) else []
    row_ids = [match_id(each, known) for each in given]
    missing = [row_id for row_id in row_ids if not await _act(act, row_id)]
    print_line(f"{len(row_ids) - len(missing):,} {done}.")
    if missing:
        raise Refusal(f"no such event: {', '.join(missing)}", EXIT_CODES["NOT_FOUND"])


async def _act(act: Callable[[UUID], Awaitable[bool]], row_id: str) -> bool:
    try:
        parsed = UUID(row_id)
    except ValueError:
        return False
    return await act(parsed)


async def _rows(engines: Engines) -> AsyncIterator[OutboxRow]:
    page = await engines.outbox.rows(None, PAGE)
    while page:
        for row in page:
            yield row
        page = await engines.outbox.rows(page[-1].row_id, PAGE)
