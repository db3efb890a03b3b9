"""What a process tells of itself while its event loop does nothing."""

import http.client
import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from emo_grpc.bootstrap.service import open_service
from emo_grpc.hosting.ops import process_state
from emo_grpc.hosting.ops.listening import watched_alone
from emo_grpc.settings import Settings
from leftovers import nothing_left_behind
from waiting import until, wait_until

PATIENCE_SECONDS = 30


def ask(address: str, path: str) -> tuple[int, str]:
    client = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
    client.request("GET", path)
    answer = client.getresponse()
    found = answer.status, answer.read().decode()
    client.close()
    return found


def blocked_seconds(address: str) -> float:
    name = "emo_event_loop_blocked_seconds "
    return next(
        float(line.removeprefix(name)) for line in ask(address, "/metrics")[1].splitlines() if line.startswith(name)
    )


async def test_a_blocked_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is answered meanwhile: for how long it has been blocked, and that no calls are to be sent here."""
    monkeypatch.setattr(process_state, "ANSWERS_WITHIN", timedelta(seconds=1))
    settings = Settings(_env_file=None, data_folder=tmp_path, emo_ops_listen="127.0.0.1:0")
    with watched_alone(settings) as (address, vitals):
        async with nothing_left_behind(), open_service(settings, vitals.meters) as service:
            assert json.loads(ask(address, "/readyz")[1])["processes"] == {"wanted": 1, "answering": 0}
            async with vitals.of(service):
                await service.watch.all_answer()
                await until(lambda: ask(address, "/readyz")[0] == 200)

                def is_told() -> bool:
                    return blocked_seconds(address) > 0 and ask(address, "/readyz")[0] == 503

                looking = threading.Thread(target=wait_until, args=(is_told, PATIENCE_SECONDS))
                looking.start()
                looking.join()  # on the loop
                assert is_told()
                assert ask(address, "/livez")[0] == 200
                await until(lambda: ask(address, "/readyz")[0] == 200)
                await until(lambda: "emo_event_loop_lag_seconds_count 0.0" not in ask(address, "/metrics")[1])
