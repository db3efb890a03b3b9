"""Unary calls a second on MongoDB."""

from pathlib import Path

from benchmarks.get_asset import GetAsset, has_h2load
from benchmarks.result import Result, at_least
from benchmarks.servers import bare_mongo_server, emo_server
from benchmarks.shared_engines import DATABASE, SharedEngines
from benchmarks.workers import CONNECTIONS as MANY_CONNECTIONS
from benchmarks.workers import LIMIT, WORKERS

CONNECTIONS = 8


def measure(folder: Path, engines: SharedEngines, rounds: int) -> list[Result]:
    """GetAsset with authentication, in turns with a bare find_one; and two workers, in turns with one."""
    if not has_h2load():
        return []
    settings = engines.settings()
    with (
        emo_server(folder / "one", **settings) as one,
        emo_server(folder / "two", EMO_WORKERS=str(WORKERS), **settings) as two,
        bare_mongo_server(engines.mongodb_url, DATABASE) as bare,
    ):
        ask = GetAsset.of_new_asset(one.target, folder / "mongo.bin")
        rates = [
            [
                ask.calls_a_second(bare.target, CONNECTIONS),
                ask.calls_a_second(one.target, CONNECTIONS),
                ask.calls_a_second(one.target, MANY_CONNECTIONS),
                ask.calls_a_second(two.target, MANY_CONNECTIONS),
            ]
            for _ in range(rounds)
        ]
    bare_rates, mine, by_one, by_two = (list(column) for column in zip(*rates, strict=True))
    return [
        at_least("MongoDB", "GetAsset", "calls/s", mine, bare_rates, 0.6, None, "bare find_one"),
        at_least("MongoDB", f"GetAsset, {WORKERS} workers", "calls/s", by_two, by_one, LIMIT, None, "1 worker"),
    ]
