"""The figures of a long run, as docs/reliability.md shows them."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

TABLE = ("<!-- figures: begin -->", "<!-- figures: end -->")
HEAD = """\
| what was done | how often | what clients saw | service back after | lost |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """A line of the table. `place` is its order, the rest are sentences for people."""

    place: int
    done: str
    often: str
    seen: str
    back: str
    lost: str

    def __str__(self) -> str:
        return f"| {self.done} | {self.often} | {self.seen} | {self.back} | {self.lost} |\n"


class Figures:
    """Rows of a run."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Note one."""
        self._rows.append(row)

    def write(self, page: Path) -> None:
        """Put them into the page, between its marks."""
        text = page.read_text()
        before, after = text.split(TABLE[0])[0], text.split(TABLE[1])[1]
        s3 = "Ceph RADOS Gateway" if os.environ.get("EMO_TEST_S3_URL") else "moto's stand-in for S3"
        machine = f"{os.cpu_count()} cores, {platform.system()}, {s3}, a MongoDB of three members or of one"
        rows = "".join(map(str, sorted(self._rows)))
        page.write_text(f"{before}{TABLE[0]}\n{machine}:\n\n{HEAD}{rows}{TABLE[1]}{after}")
