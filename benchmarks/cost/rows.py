"""The rows of the table about transfers."""

from pathlib import Path

from benchmarks.cost.transfers import GIB, MANY, SIZE_OF_MANY, Round, Transfers
from benchmarks.result import BARE, Result, at_least, at_most, beside, noted

MEGABYTE = 1e6
CHUNKS = GIB >> 20
GIB_OF_MANY = MANY * SIZE_OF_MANY / GIB
SECTION = "Cost of a transfer, client in C"
WAITS = (
    ("upload to tmpfs", "memory up", "bare up"),
    ("upload to the disk", "disk up", "bare up"),
    ("download from tmpfs", "memory down", "bare down"),
)
RAW = "bare grpc.aio, raw bytes"
SETTLED = "bare grpc.aio that keeps freed memory"


def measure(folder: Path, memory: Path, rounds: int) -> list[Result]:
    """What a GiB costs the server, and MB/s; `memory` is a folder in memory, `folder` one on the disk."""
    done = Transfers(memory, folder).rounds(rounds)
    return [*_up(done), *_down(done), *_many(done), *_waits(done)]


def _up(done: list[Round]) -> list[Result]:
    bare, settled = _costs(done, "bare up"), _costs(done, "settled up")
    speeds = [_speeds(done, name) for name in ("memory up", "bare up", "disk up", "disk itself")]
    return [
        at_most(SECTION, "upload of 1 GiB to the disk", "s per GiB", _costs(done, "disk up"), bare, BARE, 1.6),
        at_most(SECTION, "upload of 1 GiB to tmpfs", "s per GiB", _costs(done, "memory up"), bare, BARE, 1.6),
        beside(SECTION, "upload of 1 GiB to tmpfs", "s per GiB", _costs(done, "memory up"), settled, SETTLED),
        at_least(SECTION, "upload of 1 GiB to tmpfs", "MB/s", speeds[0], speeds[1], 0.8),
        at_least(SECTION, "upload of 1 GiB to the disk", "MB/s", speeds[2], speeds[3], 0.85, None, "the disk itself"),
    ]


def _down(done: list[Round]) -> list[Result]:
    mine, bare, raw = (_costs(done, name) for name in ("memory down", "bare down", "raw down"))
    speeds = [_speeds(done, name) for name in ("memory down", "disk down", "bare down")]
    return [
        at_most(SECTION, "download of 1 GiB from tmpfs", "s per GiB", mine, bare, BARE, 0.65),
        at_most(SECTION, "download of 1 GiB from tmpfs", "s per GiB", mine, raw, RAW, 3.0),
        beside(SECTION, "download of 1 GiB from tmpfs", "s per GiB", mine, _costs(done, "settled down"), SETTLED),
        at_least(SECTION, "download of 1 GiB from tmpfs", "MB/s", speeds[0], speeds[2], 1.5),
        noted(SECTION, "download of 1 GiB from the disk", "s per GiB", _costs(done, "disk down")),
        beside(SECTION, "download of 1 GiB from the disk", "MB/s", speeds[1], speeds[2]),
    ]


def _many(done: list[Round]) -> list[Result]:
    many = [each["memory many"].processor_seconds / GIB_OF_MANY for each in done]
    name = f"{MANY} uploads of {SIZE_OF_MANY >> 20} MiB at once to tmpfs"
    return [at_most(SECTION, name, "s per GiB", many, _costs(done, "memory up"), "1 upload", 1.0)]


def _waits(done: list[Round]) -> list[Result]:
    return [
        beside(SECTION, f"waits of threads, {name}", "a MiB", _waits_a_chunk(done, mine), _waits_a_chunk(done, bare))
        for name, mine, bare in WAITS
    ]


def _costs(done: list[Round], name: str) -> list[float]:
    return [each[name].processor_seconds for each in done]


def _speeds(done: list[Round], name: str) -> list[float]:
    return [GIB / MEGABYTE / each[name].seconds for each in done]


def _waits_a_chunk(done: list[Round], name: str) -> list[float]:
    return [each[name].waits / CHUNKS for each in done]
