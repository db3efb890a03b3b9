"""`make bench`: measure this machine, then write docs/benchmarks/."""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import latency, listing, memory, report, transfers, unary, workers
from benchmarks.result import Result

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks"
SECTIONS = ("transfers", "memory", "latency", "unary", "workers", "listing")


def main() -> None:
    """Measure the sections asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine.")
    parser.add_argument("sections", nargs="*", default=SECTIONS, metavar="|".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=7, help="rounds of transfers and unary calls")
    parser.add_argument("--assets", type=int, default=1_000_000, help="assets of the largest list")
    parser.add_argument("--page", type=Path, default=PAGE, help="folder for the table and the plot")
    options = parser.parse_args()
    begin = time.monotonic()
    # Beside the project, not in a folder that may lie in memory.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder:
        results = _measure(Path(folder), options)
    report.write(results, options.page, time.monotonic() - begin)
    print((options.page / "README.md").read_text(encoding="utf-8"))


def _measure(folder: Path, options: argparse.Namespace) -> list[Result]:
    measures = {
        "transfers": lambda: transfers.measure(folder, options.rounds),
        "memory": lambda: memory.measure(folder),
        "latency": lambda: latency.measure(folder),
        "unary": lambda: unary.measure(folder, options.rounds),
        "workers": lambda: workers.measure(folder, options.rounds),
        "listing": lambda: listing.measure(folder, options.assets),
    }
    results: list[Result] = []
    for section in options.sections:
        print(section, flush=True)
        results += measures[section]()
    return results


if __name__ == "__main__":
    main()
