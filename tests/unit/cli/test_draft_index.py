"""What is known of an export that was broken off, while several threads ask for it."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from threading import Event, Thread
from typing import Any

import pytest

from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports import draft_index
from emo_grpc.cli.assets.exports.draft_index import SCHEMA, DraftIndex
from emo_grpc.cli.assets.exports.scratch import opened_scratch

COUNT = 20_000


def asks(index: DraftIndex, number: int) -> bool:
    """Whether it has one whose size and checksum are its number."""
    asset = WantedAsset(asset_id="", folder="", name="", size=number, crc32c=number, created=0)
    return index.has(PurePath("files", str(number)), asset)


def test_each_of_many_threads_is_answered_what_it_asked(tmp_path: Path) -> None:
    """And not what another one did at that moment, or the export has a file twice, or not at all."""
    with opened_scratch(tmp_path, SCHEMA) as connection:
        rows = [(number, f"files/{number}", number, number) for number in range(0, COUNT, 2)]
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        index = DraftIndex(connection)
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda number: asks(index, number), range(COUNT)))
    assert [number for number in range(COUNT) if found[number] is bool(number % 2)] == []


def test_it_is_closed_under_no_thread_that_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that is interrupted ends, and not by a fault in the memory of the process."""
    asking, closed = Event(), Event()

    class SlowConnection(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            asking.set()
            closed.wait(0.2)  # which does not come if closing waits
            return super().execute(sql, parameters)

    @contextmanager
    def opened(*_: object) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(tmp_path / "a", check_same_thread=False, factory=SlowConnection)) as connection:
            connection.executescript(SCHEMA)
            yield connection

    monkeypatch.setattr(draft_index, "opened_scratch", opened)
    answers: list[bool] = []
    with DraftIndex.opened(tmp_path) as index:
        thread = Thread(target=lambda: answers.append(asks(index, 1)))
        thread.start()
        assert asking.wait(10)
    closed.set()
    thread.join()
    assert answers == [False]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        asks(index, 1)
