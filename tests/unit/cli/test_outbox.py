"""What an operator does about events that were not delivered."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import load_settings
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.users.domain.events import PasswordChanged, UserRegistered
from unit.cli.conftest import admin

LATER = datetime(2130, 1, 2, 3, 4, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("data_folder")


@pytest.fixture
def rows(data_folder: object) -> list[OutboxRow]:  # noqa: ARG001 - it sets where the data is
    """In the order in which they are listed: a dead letter, one that waits after a failure, and a new one."""
    event = UserRegistered(UserId.new())
    made = [
        OutboxRow(UUID(int=1), "send_activation_mail", event, LATER, 12, "MailRefused: never", is_dead=True),
        OutboxRow(uuid4(), "send_password_changed_mail", PasswordChanged(UserId.new()), LATER, 3, "Unavailable: away"),
        OutboxRow(uuid4(), "send_activation_mail", event, LATER + timedelta(hours=1)),
    ]
    asyncio.run(_store(made))
    return made


async def _store(rows: list[OutboxRow]) -> None:
    async with open_engines(fill_secrets(load_settings()).settings) as engines:
        for row in rows:
            await engines.outbox.import_row(row)


def stored() -> dict[str, OutboxRow]:
    async def read() -> list[OutboxRow]:
        async with open_engines(fill_secrets(load_settings()).settings) as engines:
            return await engines.outbox.rows(None, 10)

    return {str(row.row_id): row for row in asyncio.run(read())}


def test_lists_all_that_is_not_delivered(rows: list[OutboxRow]) -> None:
    """Dead letters first, then what waits, each with its error, and for a script with tabs between."""
    lines = [line.split("\t") for line in admin("outbox").stdout.splitlines()]
    assert [line[:6] for line in lines] == [
        [f"{rows[0].row_id}", "UserRegistered", "send_activation_mail", "12", "MailRefused: never", "dead"],
        [f"{rows[1].row_id}", "PasswordChanged", "send_password_changed_mail", "3", "Unavailable: away", "waiting"],
        [f"{rows[2].row_id}", "UserRegistered", "send_activation_mail", "0", "", "waiting"],
    ]
    assert [line[6][:4] for line in lines] == ["", "2130", "2130"]
    assert len(admin("outbox", "--limit", "2").stdout.splitlines()) == 2


def test_lists_for_programs(rows: list[OutboxRow]) -> None:
    """As JSON, with times that a program reads; the event itself, which may name people, is never shown."""
    shown = json.loads(admin("outbox", "--json").stdout)
    assert [each["id"] for each in shown] == [str(row.row_id) for row in rows]
    assert shown[0] | {"due_time": None, "attempts": 12, "state": "dead"} == shown[0]
    assert datetime.fromisoformat(shown[1]["due_time"]) == LATER
    assert shown[1]["last_error"] == "Unavailable: away"


@pytest.mark.parametrize("words", [("retry",), ("--retry",)])
def test_retries_what_is_named(rows: list[OutboxRow], words: tuple[str, ...]) -> None:
    """A dead letter, or one that waits, by its id or the beginning of it: it is due now, as if it were new."""
    done = admin("outbox", *words, "00000000")
    assert done.stdout == "1 will be delivered again by the running server.\n"
    assert admin("outbox", *words, str(rows[1].row_id)).exit_code == 0
    for row in rows[:2]:
        now = stored()[str(row.row_id)]
        assert (now.is_dead, now.attempts) == (False, 0)
        assert now.due_time < LATER
    assert stored()[str(rows[2].row_id)].due_time == rows[2].due_time


@pytest.mark.parametrize("words", [("retry", "--all"), ("--retry-all",)])
def test_retries_all_that_failed(rows: list[OutboxRow], words: tuple[str, ...]) -> None:
    """Dead letters and what waits after a failure; what was never tried waits for its time."""
    assert admin("outbox", *words).stdout == "2 will be delivered again by the running server.\n"
    assert [stored()[str(row.row_id)].due_time < LATER for row in rows] == [True, True, False]


def test_drops_what_is_named(rows: list[OutboxRow]) -> None:
    """And nothing else."""
    done = admin("outbox", "drop", "00000000", str(rows[2].row_id))
    assert done.stdout == "2 dropped, and will not be delivered.\n"
    assert list(stored()) == [str(rows[1].row_id)]


@pytest.mark.parametrize("words", [("retry",), ("--retry",), ("drop",)])
@pytest.mark.parametrize("given", ["nonsense", str(UUID(int=9)), "ffffffff"])
@pytest.mark.usefixtures("rows")
def test_what_is_not_there_is_told(words: tuple[str, ...], given: str) -> None:
    """With the exit code of what is not found; what was named beside it is done."""
    before = stored()
    done = admin("outbox", *words, given)
    assert done.exit_code == 4
    assert given in done.stderr
    assert stored() == before


@pytest.mark.parametrize("words", [("retry",), ("retry", "--all", "00000000"), ("drop",)])
@pytest.mark.usefixtures("rows")
def test_what_is_meant_has_to_be_said(words: tuple[str, ...]) -> None:
    """Neither nothing nor everything by mistake."""
    before = stored()
    assert admin("outbox", *words).exit_code == 2
    assert stored() == before
