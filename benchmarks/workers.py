"""Unary calls a second with two workers, held against one."""

from pathlib import Path

from benchmarks.cores import pure_python, rounds_a_second
from benchmarks.get_asset import GetAsset, has_h2load
from benchmarks.result import Result, at_least
from benchmarks.servers import emo_server

CONNECTIONS = 32
WORKERS = 2
LIMIT = 1.5


def measure(folder: Path, rounds: int) -> list[Result]:
    """GetAsset in turns with a server of one process; nothing without h2load.

    The system shares out connections among workers, so that few of them would be shared out unfairly. What processes
    that share nothing get done stands beside it.
    """
    if not has_h2load():
        return []
    with emo_server(folder / "one") as one, emo_server(folder / "two", EMO_WORKERS=str(WORKERS)) as two:
        ask_one = GetAsset.of_new_asset(one.target, folder / "one.bin")
        ask_two = GetAsset.of_new_asset(two.target, folder / "two.bin")
        rates = [
            (
                ask_one.calls_a_second(one.target, CONNECTIONS),
                ask_two.calls_a_second(two.target, CONNECTIONS),
                rounds_a_second(1),
                rounds_a_second(WORKERS),
            )
            for _ in range(rounds)
        ]
    by_one, by_two, alone, together = (list(column) for column in zip(*rates, strict=True))
    name = f"GetAsset on SQLite, {WORKERS} workers"
    return [
        at_least("Workers", name, "calls/s", by_two, by_one, LIMIT, None, "1 worker"),
        pure_python("Workers", alone, together, WORKERS),
    ]
