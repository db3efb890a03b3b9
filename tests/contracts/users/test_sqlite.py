"""What is peculiar to SQLite."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.users.adapters.sqlite import login_throttle as sqlite_login_throttle
from emo_grpc.users.adapters.sqlite import sessions as sqlite_sessions
from emo_grpc.users.adapters.sqlite import users as sqlite_users
from emo_grpc.users.adapters.sqlite import views as sqlite_views
from emo_grpc.users.adapters.sqlite.schema import SCHEMA
from emo_grpc.users.adapters.sqlite.tables import SESSIONS, USERS
from emo_grpc.users.domain.throttling import WINDOW, ThrottleKey

from .stores import NOW

QUERIES = [
    (sqlite_views.USER_BY_ID, 1),
    (sqlite_views.USER_BY_USERNAME, 1),
    (sqlite_views.USER_BY_EMAIL, 3),
    (sqlite_views.USER_PAGE, 3),
    (sqlite_views.SESSION_PAGE, 5),
    (sqlite_views.LIVE_SESSION, 1),
    (sqlite_login_throttle.SWEEP, 2),
    (sqlite_login_throttle.FIND_FAMILIAR, 1),
    (sqlite_login_throttle.SWEEP_FAMILIAR, 2),
    (sqlite_users.COUNT_ADMINS, 0),
    (sqlite_sessions.DELETE_OF_USER, 2),
    (sqlite_sessions.DELETE_EXPIRED, 2),
    (sqlite_sessions.OF_ACTOR, 2),
    (sqlite_sessions.ALL_OF_ACTOR, 2),
    (USERS.select(sqlite_users.NEVER_ACTIVATED), 2),
    (USERS.select(sqlite_users.WITH_ENDED_CHANGES), 2),
    (sqlite_views.USER_ID_BY_EMAIL, 3),
    *[(table.by_id, 1) for table in (USERS, SESSIONS)],
    *[(table.after, 2) for table in (USERS, SESSIONS)],
    *[(table.outdated, 1) for table in (USERS, SESSIONS)],
    *[(table.count_outdated, 0) for table in (USERS, SESSIONS)],
]


@pytest.mark.parametrize(("query", "parameters"), QUERIES)
def test_no_query_scans_or_sorts(query: str, parameters: int) -> None:
    """No query walks through a whole table or sorts, however many accounts there are."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", ("",) * parameters)]
    connection.close()
    assert all(step.startswith(("SEARCH", "LIST SUBQUERY")) or "USING" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


async def test_old_failures_leave_the_file(tmp_path: Path) -> None:
    """However many names were guessed, their rows go once they do not matter any more."""
    database = SqliteDatabase(tmp_path / "emo.sqlite3", [SCHEMA])
    await database.open()
    throttle = sqlite_login_throttle.SqliteLoginThrottle(database)
    for number in range(5):
        await throttle.attempt([ThrottleKey.account(f"user{number}")], NOW + timedelta(seconds=number))
    await throttle.attempt([ThrottleKey.account("ana")], NOW + timedelta(seconds=3) + WINDOW)
    counted = await database.read(
        lambda connection: connection.execute("SELECT COUNT(*) FROM login_failures").fetchone()
    )
    assert counted == (2,)
    await database.close()
