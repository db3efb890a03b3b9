"""A server on its own engines that is killed again and again in the middle of its work."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from attacks.scale import SCALE
from e2e.server_process import ServerProcess
from emo_grpc.client import EmoClient
from survival.ledger import Ledger
from survival.load import LETTER, PASSWORD, Load
from survival.raw import raw_client
from waiting import until

MOST_WRITES = 12
"""Acknowledged between two kills."""
PAUSE_SECONDS = 0.01
"""Between two MiB of an upload, so that kills meet some in their middle."""
CALL_SECONDS = 30.0


@pytest.fixture
def killed_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerProcess]:
    """One for each test: here it is not to survive."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    made = ServerProcess(tmp_path / "killed", {"TRUSTED_PROXIES": "127.0.0.0/8"})
    made.start()
    yield made
    made.kill()


@pytest.mark.parametrize("number", range(SCALE.rounds))
async def test_nothing_acknowledged_is_lost(killed_server: ServerProcess, number: int) -> None:
    """Whenever a server is killed, all that it has said yes to is there when it comes back, and no file is another."""
    random, ledger = Random(f"{SCALE.seed} {number}"), Ledger()
    load = Load(ledger)
    async with EmoClient.connect(killed_server.address) as client, raw_client(killed_server.address) as raw:
        await client.users.register("ann", "ann@example.org", PASSWORD)
        await client.login("ann", PASSWORD)
        await raw.log_in("ann", PASSWORD)
        work = (
            *(load.describes(client), load.registers(raw, CALL_SECONDS)),
            *(load.uploads(client, PAUSE_SECONDS), load.uploads(client, 0, LETTER), load.uploads(client, 0, LETTER)),
        )
        working = [asyncio.create_task(each) for each in work]
        for _ in range(SCALE.kills):
            await _acknowledged(ledger, ledger.acknowledged + random.randint(1, MOST_WRITES))
            killed_server.kill()
            await asyncio.to_thread(killed_server.start)
        load.stop.set()
        await asyncio.gather(*working)
        assert await ledger.lost(client, raw) == [], f"seed {SCALE.seed}"
    assert ledger.wrong == []
    assert ledger.acknowledged >= SCALE.kills


async def _acknowledged(ledger: Ledger, count: int) -> None:
    await until(lambda: ledger.acknowledged >= count, 60, shown=lambda: (ledger.seen, ledger.wrong))
