"""Counts what SQLite's machine does."""

import sqlite3
from collections.abc import Callable

STEPS = 100


def counted_steps(connection: sqlite3.Connection, work: Callable[[], object]) -> int:
    """How many steps it takes for some work, in hundreds."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, STEPS)
    work()
    connection.set_progress_handler(None, STEPS)
    return steps
