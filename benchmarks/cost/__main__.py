"""`make bench-account`: find out where the processor goes, then write docs/benchmarks/cost.md."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import native_client
from benchmarks.cost import IN_MEMORY, account_page, alone
from benchmarks.cost.account import Account

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "cost.md"


def main() -> None:
    """Measure it, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description="Account for the cost of a GiB.")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    options = parser.parse_args()
    if not native_client.is_buildable():
        raise SystemExit(native_client.MISSING)
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as folder,
        tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as memory,
    ):
        account = Account(Path(folder), Path(memory))
        up, down = account.of_uploads(options.rounds), account.of_downloads(options.rounds)
        text = account_page.text(up, down, alone.processor_seconds(Path(folder)), options.rounds)
    options.page.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
