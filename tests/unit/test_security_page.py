"""docs/security.md, against the tests that it names."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN_BY = re.compile(r"`((?:tests/[\w/]+\.py)?(?:::\w+)?)`")


def promises() -> Iterator[list[str]]:
    """The cells of each row: a promise, its limit, and what shows it."""
    page = (ROOT / "docs/security.md").read_text()
    for table in page.split("| promise | limit | shown by |\n|---|---|---|\n")[1:]:
        for row in table.partition("\n\n")[0].splitlines():
            yield [cell.strip() for cell in row.strip("|").split("|")]


def test_no_promise_is_made_twice() -> None:
    """Of two rows for one promise only one is kept up to date."""
    count = Counter(promise for promise, _, _ in promises())
    assert count
    assert [promise for promise, times in count.items() if times > 1] == []


def test_what_shows_a_promise_is_there() -> None:
    """Each promise names a test, or a file of tests; one of the same file is named by `::` alone."""
    for promise, _, shown_by in promises():
        named = SHOWN_BY.findall(shown_by)
        assert named, promise
        path = ""
        for reference in named:
            file, _, test = reference.partition("::")
            path = file or path
            assert re.search(rf"def {test}\b", (ROOT / path).read_text()), f"{promise}: {path}::{test}"
