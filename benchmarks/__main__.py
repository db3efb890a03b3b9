"""`make bench`: measure this machine, then write docs/benchmarks/."""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import (
    audit,
    before,
    cost,
    latency,
    memory,
    moves,
    native_client,
    report,
    small_files,
    transfers,
    unary,
    workers,
)
from benchmarks.listing import measure as listing
from benchmarks.result import Result

if TYPE_CHECKING:
    from benchmarks.shared_engines import SharedEngines

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks"
SHARED = ("mongo", "s3")
MOVED = 20_000
"""Assets of the folder that is moved."""
COST = "cost"
STUBS = """\
Where costs are told, the client is in C, on libnghttp2: it takes little of them and sends what was prepared in memory.
Others are Python processes with the generated stubs; a settled one tells glibc to keep freed memory, as servers do."""
ONLY_STUBS = "They are Python processes with the generated stubs."
LIBRARIES = """\
Files go through `EmoClient`, as boto3's go through boto3's own transfers; through the generated stubs where it says so.
Cores in use are those of the whole machine."""

Measures = Mapping[str, Callable[[], list[Result]]]


def main() -> None:
    """Measure the sections asked for, all by default."""
    options = _options()
    _check_tools(options)
    # Beside the project, not in a folder that may lie in memory.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder, ExitStack() as engines:
        measures = _measures(Path(folder), options, engines)
        _check_sections(options.sections, measures)
        written = _report(options, list(measures))
        for section in options.sections or measures:
            print(section, flush=True)
            begin = time.monotonic()
            results = measures[section]()
            written.add(section, report.Measured.today(time.monotonic() - begin, results))
    print(written.page.read_text(encoding="utf-8"))


def _check_sections(asked: list[str], measures: Measures) -> None:
    """Before the first is measured: a wrong last one would be told of minutes later."""
    unknown = [section for section in asked if section not in measures]
    if unknown:
        raise SystemExit(f"no such section: {', '.join(unknown)}; these are: {', '.join(measures)}")


def _report(options: argparse.Namespace, order: list[str]) -> report.Report:
    page, command, clients = options.page, "make bench", STUBS
    if options.engines:
        page, command, clients = page / "shared-engines", f"{command} ENGINES={options.engines}", LIBRARIES
    if options.before:
        page, command, clients = page / "before", f"{command} BEFORE={options.before}", ONLY_STUBS
    return report.Report(page, order, command, clients)


def _check_tools(options: argparse.Namespace) -> None:
    needs_c = not options.engines and not options.before and (not options.sections or COST in options.sections)
    if needs_c and not native_client.is_buildable():
        raise SystemExit(native_client.MISSING)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine.")
    parser.add_argument("sections", nargs="*", help="which, all by default")
    parser.add_argument("--engines", default="", metavar=",".join(SHARED), help="measure these beside the others")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of transfers and unary calls")
    parser.add_argument("--assets", type=int, default=1_000_000, help="assets of the largest list")
    parser.add_argument("--entries", type=int, default=1_000_000, help="audit entries of the longest trail")
    parser.add_argument("--files", type=int, default=10_000, help="files of the folder that is sent")
    parser.add_argument("--before", default="", metavar="COMMIT", help="hold today's code against that one alone")
    parser.add_argument("--percent", type=float, default=5, help="by which it may be worse than that")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of today's server alone")
    parser.add_argument("--page", type=Path, default=PAGE, help="folder for the table and the plot")
    options = parser.parse_args()
    if not set(options.engines.split(",")) <= {*SHARED, ""}:
        parser.error(f"--engines takes {' and '.join(SHARED)}")
    return options


def _measures(folder: Path, options: argparse.Namespace, stack: ExitStack) -> Measures:
    if options.before:
        sides = _sides(folder, options, stack)
        return {"before": partial(before.measure, folder, options.rounds, options.before, options.percent, sides)}
    return _shared(folder, options, stack) if options.engines else _embedded(folder, options)


def _sides(folder: Path, options: argparse.Namespace, stack: ExitStack) -> before.Sides:
    """Each with a database and a bucket of its own."""
    of_today = dict(each.split("=", 1) for each in options.set)
    if not options.engines:
        return before.Sides({}, of_today)
    # They need what only tests need otherwise, see the Makefile.
    from benchmarks import shared_engines  # noqa: PLC0415 - as above

    engines = stack.enter_context(shared_engines.shared_engines(folder))
    chosen = {name: name in options.engines for name in SHARED}
    sides = [engines.apart(name).settings(**chosen) for name in ("before", "after")]
    return before.Sides(sides[0], sides[1] | of_today)


def _embedded(folder: Path, options: argparse.Namespace) -> Measures:
    return {
        COST: lambda: cost.measure(folder, options.rounds),
        "transfers": lambda: transfers.measure(folder, options.rounds),
        "memory": lambda: memory.measure(folder),
        "latency": lambda: latency.measure(folder),
        "folder": lambda: small_files.measure(folder, options.files, rounds=3),
        "unary": lambda: unary.measure(folder, options.rounds),
        "workers": lambda: workers.measure(folder, options.rounds),
        "listing": lambda: listing.measure(folder, options.assets),
        "moves": lambda: moves.measure(folder, min(options.assets, MOVED)),
        "audit": lambda: audit.measure(folder, options.entries),
    }


def _shared(folder: Path, options: argparse.Namespace, stack: ExitStack) -> Measures:
    # They need what only tests need otherwise, see the Makefile.
    from benchmarks import mongo_unary, s3_transfers, shared_engines  # noqa: PLC0415 - as above

    engines = stack.enter_context(shared_engines.shared_engines(folder))
    of_s3: Measures = {
        "transfers": lambda: s3_transfers.measure(folder, engines, options.rounds),
        "memory": lambda: memory.measure(folder, " on S3", **engines.settings()),
    }
    of_mongo: Measures = {
        "unary": lambda: mongo_unary.measure(folder, engines, options.rounds),
        "listing": lambda: listing.measure_mongo(
            folder, options.assets, (engines.mongodb_url, shared_engines.DATABASE), engines.settings(s3=False)
        ),
        "moves": lambda: _moves_on_mongo(folder, options, engines),
    }
    # Calls first: transfers leave an S3 work to do behind their back.
    return {**(of_mongo if "mongo" in options.engines else {}), **(of_s3 if "s3" in options.engines else {})}


def _moves_on_mongo(folder: Path, options: argparse.Namespace, engines: "SharedEngines") -> list[Result]:
    """In a database of its own: all vaults are filled with the same assets."""
    own = engines.apart("moves")
    database = own.mongodb_url, own.database
    return moves.measure_mongo(folder, min(options.assets, MOVED), database, own.settings(s3=False))


if __name__ == "__main__":
    main()
