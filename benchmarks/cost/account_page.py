"""The page that says where the processor goes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from benchmarks.cost.account import Share
from benchmarks.report import machine

HEAD = """\
# Where the processor goes

What a server's processes take, in the program and in the system, for a file of 1 GiB on a disk, in chunks of 1 MiB,
sent and received by the client in C that `make bench` uses too. `make bench-account` wrote this page on {date}:
{machine}. Medians of {rounds} rounds.

Each line is the difference between two servers, of which the second leaves out what the line says, and all that the
lines above it say (`benchmarks/cost/cuts.py`). So it holds what comes with it: memory that is touched, threads that
wait for each other, caches. What a library alone takes stands below: what a line has more than that is where to look.
Waits are how often a thread gave up its processor, for each MiB. On a busy machine all figures rise, and
differences below 0.2 s mean nothing.
"""

ALONE = """\
## Libraries alone

A GiB, a MiB at a time, in a process that does nothing else. Each further copy in memory costs at least that.
"""


def text(up: Iterable[Share], down: Iterable[Share], alone: Mapping[str, float], rounds: int) -> str:
    """All of it, as Markdown."""
    lines = [
        HEAD.format(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine(), rounds=rounds),
        *_table("1 GiB up", up),
        *_table("1 GiB down", down),
        ALONE,
        "| what | s per GiB |",
        "|---|---:|",
        *(f"| {what} | {seconds:.2f} |" for what, seconds in alone.items()),
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, shares: Iterable[Share]) -> Iterable[str]:
    whole, *rest = shares
    yield from (f"## {title}", "", "| what | s per GiB | share | waits a MiB |", "|---|---:|---:|---:|")
    for share in (*rest, whole):
        part = share.seconds / whole.seconds
        yield f"| {share.does} | {share.seconds:z.2f} | {part:.0%} | {share.waits:z.1f} |"
    yield ""
