"""What people are told of a database that is away."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing

import pytest
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from emo_grpc.shared.adapters.mongo import errors as mongo_errors
from emo_grpc.shared.adapters.sqlite import errors as sqlite_errors
from emo_grpc.shared.domain.errors import Unavailable


@pytest.mark.parametrize(
    ("translated", "error", "sentence"),
    [
        (sqlite_errors.translated, sqlite3.OperationalError("disk I/O error"), "the database does not answer"),
        (mongo_errors.translated, AutoReconnect("gone"), "the database does not answer"),
        (mongo_errors.translated, ServerSelectionTimeoutError("nobody"), "the database does not answer"),
        (mongo_errors.translated, OperationFailure("no", 2), "the database could not do it"),
    ],
)
def test_people_are_told_in_words(
    translated: Callable[[], AbstractContextManager[None]], error: Exception, sentence: str
) -> None:
    """Not with the names of a library's errors, which only an operator knows."""
    with pytest.raises(Unavailable) as caught, translated():
        raise error
    assert caught.value.message == sentence


def test_operators_learn_what_sqlite_did_not_like(caplog: pytest.LogCaptureFixture) -> None:
    """Its own name of the error is in the log."""
    with pytest.raises(Unavailable), sqlite_errors.translated(), closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT * FROM nowhere")
    assert "SQLITE_ERROR" in caplog.text
