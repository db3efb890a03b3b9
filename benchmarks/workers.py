"""Unary calls a second with two workers, held against one."""

from pathlib import Path
from statistics import median

from benchmarks.get_asset import GetAsset, has_h2load
from benchmarks.result import Result
from benchmarks.servers import emo_server

CONNECTIONS = 32
WORKERS = 2
LIMIT = 1.5


def measure(folder: Path, rounds: int) -> list[Result]:
    """GetAsset in turns with a server of one process; nothing without h2load.

    The system shares out connections among workers, so that few of them would be shared out unfairly.
    """
    if not has_h2load():
        return []
    with emo_server(folder / "one") as one, emo_server(folder / "two", EMO_WORKERS=str(WORKERS)) as two:
        ask_one = GetAsset.of_new_asset(one.target, folder / "one.bin")
        ask_two = GetAsset.of_new_asset(two.target, folder / "two.bin")
        rates = [
            (ask_one.calls_a_second(one.target, CONNECTIONS), ask_two.calls_a_second(two.target, CONNECTIONS))
            for _ in range(rounds)
        ]
    ratio = median(two / one for one, two in rates)
    return [
        Result(
            "Workers",
            f"GetAsset on SQLite, {WORKERS} workers",
            "calls/s",
            [rate for _, rate in rates],
            [rate for rate, _ in rates],
            "1 worker",
            ratio,
            f"≥ {LIMIT}",
            ratio >= LIMIT,
        )
    ]
