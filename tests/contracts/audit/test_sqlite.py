"""What is peculiar to SQLite."""

import sqlite3
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from databases import opened
from emo_grpc.audit.adapters.sqlite import views
from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.shared.adapters.sqlite import audit
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import changed_rows
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA
from emo_grpc.shared.domain.audit import AuditKind

from .trails import ANN, NOW, SCHEMAS, entry, on_sqlite

PARTIES = [None, *(Party(side, ANN) for side in Side)]
SELECTIONS = [
    Selection(party=party, kind=kind, start=start, end=NOW if start else None)
    for party, kind, start in product(PARTIES, [None, AuditKind.LOGIN], [None, NOW - timedelta(days=1)])
]


def plan_of(sql: str) -> list[str]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {sql}", ("",) * sql.count("?")).fetchall()
    connection.close()
    return [str(step[3]) for step in steps]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_page_is_a_range_of_an_index(selection: Selection) -> None:
    """It begins where the page does, in the order of the page, by all that is selected."""
    (step,) = plan_of(views.page_sql(selection))
    compared = [*([f"{selection.party.side}=?"] if selection.party else []), *(["kind=?"] if selection.kind else [])]
    assert step.startswith("SEARCH audit_entries USING ")
    assert f"({' AND '.join([*compared, 'entry_id>? AND entry_id<?'])})" in step


@pytest.mark.parametrize("sql", [audit.FIND, audit.FORGET, views.PSEUDONYM, views.SUBJECTS])
def test_subjects_are_looked_up(sql: str) -> None:
    """None of them is found by walking through all."""
    assert not [step for step in plan_of(sql) if step.startswith("SCAN audit")]


async def test_no_statement_changes_an_entry(tmp_path: Path) -> None:
    """Whoever tries, by mistake or not, is refused by the database itself, and the entries stay as they are."""
    async with opened(SqliteDatabase(tmp_path / "emo.sqlite3", SCHEMAS)) as database:
        trail = on_sqlite(database)
        await trail.add(entry(), entry(seconds=1))
        before = await trail.stored()
        for sql in (
            "UPDATE audit_entries SET account = ''", "UPDATE audit_entries SET document = '{}' WHERE kind = 'login'",
            "DELETE FROM audit_entries", "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries",
            "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE TRUE ON CONFLICT DO UPDATE SET kind = ''",
        ):  # fmt: skip
            async with database.transaction() as transaction:
                with pytest.raises(sqlite3.IntegrityError, match="an audit entry"):
                    await transaction.run(changed_rows(sql))
                await transaction.commit()
            assert await trail.stored() == before, sql


async def test_a_damaged_entry_keeps_no_other_back(tmp_path: Path) -> None:
    """It is named by its id, as one of a later release is; all others are shown."""
    async with opened(SqliteDatabase(tmp_path / "emo.sqlite3", SCHEMAS)) as database:
        trail = on_sqlite(database)
        await trail.add(*(entry(seconds=second, n=str(second)) for second in range(5)))
        ids = [event.event_id for event in await trail.events()]
        damages = {
            ids[0]: "substr(document, 2)", ids[1]: "replace(document, '\"kind\":\"login\"', '\"kind\":\"new\"')",
            ids[2]: "replace(document, '\"schema_version\":1', '\"schema_version\":2')",
            ids[3]: "replace(document, '\"details\":\"', '\"details\":\"AAAA')",
        }  # fmt: skip
        await damage(database, damages)
        page = await trail.views.events(Selection(), limit=3)
        assert (page.items, page.unreadable) == ([], ids[:3])
        page = await trail.views.events(Selection(), limit=3, after=page.cursor)
        assert [event.event_id for event in page.items] == ids[4:]
        assert page.unreadable == ids[3:4]


async def damage(database: SqliteDatabase, damages: dict[UUID, str]) -> None:
    """Change documents as nothing but a broken disk can."""
    async with database.transaction() as transaction:
        for entry_id, document in damages.items():
            sql = f"UPDATE audit_entries SET document = {document} WHERE entry_id = '{entry_id}'"
            await transaction.run(
                lambda connection: connection.execute("DROP TRIGGER IF EXISTS audit_entries_never_change")
            )
            await transaction.run(lambda connection, sql=sql: connection.execute(sql))  # type: ignore[misc]
        await transaction.commit()


def test_ids_sort_as_the_database_sorts_them() -> None:
    """Every UUID lies between the bounds of a page without a time range."""
    assert "" < str(uuid4()) < "g"
