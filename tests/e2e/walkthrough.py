"""Reads the commands of a page in Markdown, with the output that it shows.

A fence of `console` holds commands after `$ ` and what they print; one of `python` whose first line is `# NAME.py` is a
file that a later command runs. A comment right above says where a fence is special:

- `not run: WHY`: it is left out.
- `varies: WHY`: it is run, but neither its output nor its exit code is compared.
- `fails`: its last command ends with an error.
- `server: start` or `server: restart`, without a fence: done by the test at this place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = ("README.md", "docs/operations.md", "docs/encryption-at-rest.md", "docs/identity.md")
MARKER = re.compile(r"<!-- (not run|varies|fails|server)(?:: (.+))? -->")
HEREDOC = re.compile(r"<<'?(\w+)'?$")
SILENT_LANGUAGES = ("text", "ini", "proto", "mermaid")


@dataclass(frozen=True)
class Command:
    """A command of a `console` fence; `output` has the lines that the page shows."""

    line: int
    text: str
    output: tuple[str, ...] = ()
    is_compared: bool = True
    fails: bool = False


@dataclass(frozen=True)
class Script:
    """A file of Python."""

    line: int
    name: str
    text: str


@dataclass(frozen=True)
class Server:
    """What happens to the server."""

    line: int
    action: str


Step = Command | Script | Server


@dataclass
class Fence:
    """A fenced block, with the comment above it."""

    line: int
    language: str
    lines: list[str]
    marker: str = ""


def steps_of(page: Path) -> list[Step]:
    """All that is to be done, in order."""
    steps: list[Step] = []
    for found in _blocks(page.read_text().splitlines()):
        if isinstance(found, Server):
            steps.append(found)
        elif found.marker != "not run":
            steps += _steps_in(found, page)
    return steps


def _blocks(lines: list[str]) -> Iterator[Fence | Server]:
    fence: Fence | None = None
    marker = ""
    for number, line in enumerate(lines, 1):
        if fence is not None:
            if line == "```":
                yield fence
                fence = None
            else:
                fence.lines.append(line)
        elif line.startswith("```"):
            fence = Fence(number, line.removeprefix("```"), [], marker)
            marker = ""
        else:
            assert not marker, f"line {number}: the comment above belongs to no fence"
            found = MARKER.fullmatch(line)
            if found and found[1] == "server":
                yield Server(number, found[2])
            elif found:
                assert found[2] or found[1] == "fails", f"line {number}: say why"
                marker = found[1]
    assert fence is None


def _steps_in(fence: Fence, page: Path) -> list[Step]:
    if fence.language == "console":
        return list(_commands(fence))
    if fence.language == "python":
        name = fence.lines[0].removeprefix("# ")
        assert name.endswith(".py"), f"{page.name}:{fence.line}: the first line names the file"
        return [Script(fence.line, name, "\n".join(fence.lines) + "\n")]
    assert fence.language in SILENT_LANGUAGES, f"{page.name}:{fence.line}: is it to be run?"
    return []


def _commands(fence: Fence) -> Iterator[Command]:
    starts = [index for index, line in enumerate(fence.lines) if line.startswith("$ ")]
    assert starts[:1] == [0], f"line {fence.line}: begins with a command"
    for start, end in zip(starts, [*starts[1:], len(fence.lines)], strict=True):
        size = _length(fence.lines[start:end])
        yield Command(
            fence.line + 1 + start,
            "\n".join(fence.lines[start : start + size]).removeprefix("$ "),
            tuple(fence.lines[start + size : end]),
            is_compared=fence.marker != "varies",
            fails=fence.marker == "fails" and end == len(fence.lines),
        )


def _length(lines: list[str]) -> int:
    """How many of the lines are the command itself: up to the end of a continuation or a here-document."""
    size = 1
    while lines[size - 1].endswith("\\"):
        size += 1
    found = HEREDOC.search(lines[size - 1])
    return lines.index(found[1]) + 1 if found else size
