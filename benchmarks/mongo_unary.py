"""Unary calls a second on MongoDB."""

from pathlib import Path

from benchmarks.cores import CoresInUse, pure_python, rounds_a_second
from benchmarks.get_asset import GetAsset, has_h2load
from benchmarks.result import Result, at_least, noted
from benchmarks.servers import bare_mongo_server, emo_server
from benchmarks.shared_engines import DATABASE, SharedEngines
from benchmarks.workers import CONNECTIONS as MANY_CONNECTIONS
from benchmarks.workers import LIMIT, WORKERS

CONNECTIONS = 8


def measure(folder: Path, engines: SharedEngines, rounds: int) -> list[Result]:
    """GetAsset with authentication, in turns with a bare find_one; and two workers, in turns with one.

    The cores in use with one worker say how much more two can get done: mongod and h2load need theirs, too.
    """
    if not has_h2load():
        return []
    settings = engines.settings()
    rates = []
    with (
        emo_server(folder / "one", **settings) as one,
        emo_server(folder / "two", EMO_WORKERS=str(WORKERS), **settings) as two,
        bare_mongo_server(engines.mongodb_url, DATABASE) as bare,
    ):
        ask = GetAsset.of_new_asset(one.target, folder / "mongo.bin")
        for _ in range(rounds):
            by_bare = ask.calls_a_second(bare.target, CONNECTIONS)
            mine = ask.calls_a_second(one.target, CONNECTIONS)
            cores = CoresInUse()
            by_one = ask.calls_a_second(one.target, MANY_CONNECTIONS)
            in_use = cores.value()
            by_two = ask.calls_a_second(two.target, MANY_CONNECTIONS)
            rates.append((by_bare, mine, by_one, in_use, by_two, rounds_a_second(1), rounds_a_second(WORKERS)))
    by_bares, all_mine, by_ones, in_uses, by_twos, alone, together = (
        list(column) for column in zip(*rates, strict=True)
    )
    name = f"GetAsset, {WORKERS} workers"
    return [
        at_least("MongoDB", "GetAsset", "calls/s", all_mine, by_bares, 0.6, None, "bare find_one"),
        at_least("MongoDB", name, "calls/s", by_twos, by_ones, LIMIT, None, "1 worker"),
        noted("MongoDB", "in use with 1 worker", "cores", in_uses),
        pure_python("MongoDB", alone, together, WORKERS),
    ]
