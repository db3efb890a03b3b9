"""A new DATA_KEY_ENCRYPTION_KEY, with the installed command and the real server."""

import base64
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess

OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
WITH_OLD = {"DATA_KEY_ENCRYPTION_KEY": OLD}
WITH_BOTH = {"DATA_KEY_ENCRYPTION_KEY": NEW, "DATA_KEY_ENCRYPTION_KEYS_RETIRED": OLD}
WITH_NEW = {"DATA_KEY_ENCRYPTION_KEY": NEW}
BATCH = 100
MANY = BATCH + 10
PATIENCE_SECONDS = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with the old key."""
    made = ServerProcess(tmp_path / "server", WITH_OLD)
    made.start()
    yield made
    made.kill()


def restart(server: ServerProcess, environment: dict[str, str]) -> None:
    server.stop()
    server.environment = environment
    server.start()


def rewrapping(server: ServerProcess) -> "subprocess.Popen[bytes]":
    """Start `emo admin rewrap-keys` with both keys."""
    return subprocess.Popen(
        [COMMAND, "admin", "rewrap-keys"],
        env={**os.environ, **WITH_BOTH, "DATA_FOLDER": str(server.folder / "data")},
        cwd=server.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def rewrap(server: ServerProcess) -> str:
    """Run it to its end; gives what it says."""
    output, complaints = rewrapping(server).communicate(timeout=PATIENCE_SECONDS)
    assert complaints == b""
    return output.decode()


def rewrapped(database: sqlite3.Connection) -> int:
    """How many data keys are wrapped with the new key."""
    kek_id = sha256(base64.b64decode(NEW)).digest()[:8].hex()
    found: tuple[int] = database.execute("SELECT count(*) FROM assets WHERE kek_id = ?", (kek_id,)).fetchone()
    return found[0]


def break_after_a_batch(database: sqlite3.Connection) -> None:
    """Let the database refuse whatever comes after the first batch."""
    kek_id = sha256(base64.b64decode(NEW)).digest()[:8].hex()
    database.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON assets"
        f" WHEN (SELECT count(*) FROM assets WHERE kek_id = '{kek_id}') >= {BATCH}"
        " BEGIN SELECT RAISE(ABORT, 'broken'); END"
    )


def test_a_key_is_replaced(ann: EmoProcess, server: ServerProcess) -> None:
    """Files are readable before, between and after, and the retired key is needed no more."""
    (ann.folder / "letter.txt").write_bytes(b"Dear Ann")
    asset_id = ann.output("upload", "letter.txt").split("\t")[0]

    def read() -> bytes:
        return ann.run("download", asset_id, "-o", "-").stdout

    restart(server, WITH_BOTH)
    assert read() == b"Dear Ann"
    assert rewrap(server) == "1 data key is wrapped with the current key now.\n"
    assert rewrap(server) == "All data keys were wrapped with the current key already.\n"
    assert read() == b"Dear Ann"
    restart(server, WITH_NEW)
    assert read() == b"Dear Ann"


def test_a_retired_key_that_is_still_needed(ann: EmoProcess, server: ServerProcess) -> None:
    """Without it the server does not start, and says which one is missing; with it everything is well."""
    (ann.folder / "letter.txt").write_bytes(b"Dear Ann")
    asset_id = ann.output("upload", "letter.txt").split("\t")[0]
    with pytest.raises(AssertionError, match="DATA_KEY_ENCRYPTION_KEYS_RETIRED"):
        restart(server, WITH_NEW)
    restart(server, WITH_BOTH)
    assert ann.run("download", asset_id, "-o", "-").stdout == b"Dear Ann"


def test_rewrapping_goes_on_where_it_broke_off(ann: EmoProcess, server: ServerProcess) -> None:
    """Ended between two batches, it keeps the first and goes on with the second; no key is lost or wrapped twice."""
    letters = ann.folder / "letters"
    letters.mkdir()
    for number in range(MANY):
        (letters / f"{number}.txt").write_text(f"letter {number}")
    ann.run("upload", "-r", "letters")
    restart(server, WITH_BOTH)
    with closing(sqlite3.connect(server.folder / "data" / "emo.sqlite3", isolation_level=None)) as database:
        break_after_a_batch(database)
        process = rewrapping(server)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode != 0
        assert rewrapped(database) == BATCH
        database.execute("DROP TRIGGER broken")
        assert rewrap(server) == f"{MANY - BATCH} data keys are wrapped with the current key now.\n"
        assert rewrapped(database) == MANY
    restart(server, WITH_NEW)
    last = ann.output("ls", "-n", "1").split("\t")[0]
    assert ann.run("download", last, "-o", "-").stdout.startswith(b"letter ")
