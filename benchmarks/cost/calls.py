"""GetAsset by a client in C: what 1,000 calls cost the server, in turns with a bare one that answers the same bytes."""

from pathlib import Path

from benchmarks.client import load, token
from benchmarks.cost.messages import Messages
from benchmarks.cost.sample import Sample, watched
from benchmarks.native_client import NativeClient
from benchmarks.result import BARE, Result, at_most, beside
from benchmarks.servers import bare_server, emo_server

CALLS = 10_000
AT_ONCE = 16
SECTION = "Cost of a call, client in C"
PREFIX = 5


def measure(folder: Path, memory: Path, rounds: int) -> list[Result]:
    """Processor seconds of the server, and calls a second on one connection."""
    client, messages = NativeClient.built_in(memory), Messages(memory)
    bare_calls, calls = [], []
    with emo_server(folder / "calls") as emo:
        access = token(emo.target)
        asset_id = load("upload", target=emo.target, token=access, size=1024, chunk=1024)["asset_ids"][0]
        once = messages.get_asset(asset_id, calls=1, at_once=1)
        answer = memory / "answer"
        answer.write_bytes(client.run(emo.target, access, once).head[PREFIX:])
        get_asset = messages.get_asset(asset_id, CALLS, AT_ONCE)
        with bare_server(answer) as bare:
            for _ in range(rounds):
                bare_calls.append(watched(client, bare, "", get_asset))
                calls.append(watched(client, emo, access, get_asset))
    return _results(calls, bare_calls)


def _results(calls: list[Sample], bare_calls: list[Sample]) -> list[Result]:
    mine, theirs = ([1000 * each.processor_seconds / CALLS for each in samples] for samples in (calls, bare_calls))
    rates = [CALLS / each.seconds for each in calls], [CALLS / each.seconds for each in bare_calls]
    return [
        at_most(SECTION, "GetAsset on SQLite", "s per 1,000 calls", mine, theirs, BARE, 1.6),
        beside(SECTION, f"GetAsset on SQLite, {AT_ONCE} at a time", "calls/s", *rates),
    ]
