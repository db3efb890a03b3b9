"""Unary calls a second, from h2load."""

from pathlib import Path

from benchmarks.get_asset import GetAsset, has_h2load
from benchmarks.result import Result, at_least
from benchmarks.servers import bare_server, emo_server

CONNECTIONS = 8


def measure(folder: Path, rounds: int) -> list[Result]:
    """GetAsset with authentication on SQLite, in turns with a bare unary method; nothing without h2load."""
    if not has_h2load():
        return []
    mine, bare_calls = [], []
    with bare_server() as bare, emo_server(folder / "unary") as emo:
        call = GetAsset.of_new_asset(emo.target, folder / "GetAsset.bin")
        for _ in range(rounds):
            bare_calls.append(call.calls_a_second(bare.target, CONNECTIONS))
            mine.append(call.calls_a_second(emo.target, CONNECTIONS))
    return [at_least("Unary", "GetAsset on SQLite", "calls/s", mine, bare_calls, 0.4, 0.7)]
