"""Two workers, held against one: what they cost more, and how much of the cores they get to use."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.client import load, token
from benchmarks.cost.files import new_files
from benchmarks.cost.messages import Messages
from benchmarks.cost.sample import Sample, watched
from benchmarks.native_client import NativeClient
from benchmarks.result import Result, at_least, at_most
from benchmarks.servers import ServerProcess, emo_server

WORKERS = 2
CONNECTIONS = 32
CALLS = 20_000
STREAMS = 16
SIZE = 64 << 20
SECTION = f"Cost with {WORKERS} workers, client in C"
CORES = os.cpu_count() or 1


def measure(memory: Path, rounds: int) -> list[Result]:
    """Processor seconds of all the server's processes, and rates held against those at which no core rests.

    `memory` is a folder in memory. The system shares out connections among workers, so there are many.
    """
    client, messages = NativeClient.built_in(memory), Messages(memory)
    with ExitStack() as stack:
        servers = [
            stack.enter_context(emo_server(memory / f"workers-{count}", EMO_WORKERS=str(count)))
            for count in (1, WORKERS)
        ]
        calls = [_get_assets(client, messages, server) for server in servers]
        called = [[call() for call in calls] for _ in range(rounds)]
        uploaded = [[_upload(client, messages, server) for server in servers] for _ in range(rounds)]
    name = f"{STREAMS} uploads of {SIZE >> 20} MiB at once to tmpfs"
    return [
        *_results(
            f"GetAsset on SQLite, {CONNECTIONS} connections",
            ("s per 1,000 calls", "thousand calls/s"),
            called,
            CALLS / 1000,
        ),
        *_results(name, ("s per GiB", "GiB/s"), uploaded, STREAMS * SIZE / (1 << 30)),
    ]


def _get_assets(client: NativeClient, messages: Messages, emo: ServerProcess) -> Callable[[], Sample]:
    access = token(emo.target)
    asset_id = load("upload", target=emo.target, token=access, size=1024, chunk=1024)["asset_ids"][0]
    return lambda: watched(
        client, emo, access, messages.get_asset(asset_id, CALLS, at_once=CONNECTIONS, connections=CONNECTIONS)
    )


def _upload(client: NativeClient, messages: Messages, emo: ServerProcess) -> Sample:
    with new_files(emo, SIZE, STREAMS) as files:
        return watched(client, emo, files.token, messages.uploads(files.asset_ids, SIZE, connections=STREAMS))


def _results(name: str, units: tuple[str, str], rounds: list[list[Sample]], amount: float) -> list[Result]:
    """`amount` of the units was done in each sample; each round has that of one worker, and that of several."""
    alone, together = (list(column) for column in zip(*rounds, strict=True))
    mine, theirs = ([each.processor_seconds / amount for each in samples] for samples in (together, alone))
    rates = [amount / each.seconds for each in together]
    allowed = [CORES * amount / (each.processor_seconds + each.client_seconds) for each in together]
    return [
        at_most(SECTION, name, units[0], mine, theirs, "1 worker", 1.05),
        at_least(SECTION, name, units[1], rates, allowed, 0.95, None, f"what {CORES} cores allow"),
    ]
