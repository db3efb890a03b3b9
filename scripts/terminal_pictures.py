"""Draws docs/pictures/terminal-*.svg: what the command shows in a terminal, of a family folder on a server of its own.

`make terminal-pictures`.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

from emo_grpc.testing import EphemeralServer

PICTURES: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PROMPT: Final = "$ "
MOST_LINES: Final = 200
WEB_FONTS: Final = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
"""What rich has the viewer's program load from elsewhere; the system has fonts of its own."""


@dataclass(frozen=True)
class Scene:
    """A picture: its name, how many columns it has, and the lines that are typed. Those of `before` do not show."""

    name: str
    columns: int
    lines: tuple[str, ...]
    before: tuple[str, ...] = ()


SCENES: Final = (
    Scene("upload", 100, ("emo upload -r Family --tag family", "emo folder ls Family", "emo stats")),
    Scene(
        "find",
        100,
        (
            "emo ls cadaques --kind video",
            "emo timeline --by month",
            "emo tags",
            "emo show $(emo ls sunrise | cut -f 1)",
        ),
        before=(
            "emo edit --folder Family/1994 -r --date 1994-08-01 --add-person Grandma --yes",
            "emo edit --folder Family/1995 -r --date 1995-07 --place Cadaqués --add-tag sea --yes",
        ),
    ),
    Scene("trash", 80, ("emo rm --kind audio --yes", "emo trash ls", "emo trash restore $(emo trash ls | cut -f 1)")),
)


class Terminal:
    """One of so many columns, in which commands run one after another, in one folder."""

    def __init__(self, columns: int, folder: Path, environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(columns, MOST_LINES)
        self._stream = pyte.ByteStream(self.screen)
        self._columns = columns
        self._folder = folder
        self._environment = environment

    def run(self, line: str) -> None:
        """Run a line of bash; raises RuntimeError with what it shows if it fails."""
        terminal, programs_end = pty.openpty()
        fcntl.ioctl(programs_end, termios.TIOCSWINSZ, struct.pack("HHHH", MOST_LINES, self._columns, 0, 0))
        with subprocess.Popen(
            ["bash", "-c", line],
            cwd=self._folder,
            env=self._environment,
            stdin=programs_end,
            stdout=programs_end,
            stderr=programs_end,
            start_new_session=True,
        ) as process:
            os.close(programs_end)
            for shown in _everything(terminal):
                self._stream.feed(shown)
        os.close(terminal)
        if process.returncode:
            raise RuntimeError(f"{line}: {'; '.join(filter(None, map(str.strip, self.screen.display)))}")

    def type(self, line: str) -> None:
        """Show the prompt and the line, and run it."""
        self._stream.feed(f"{PROMPT}\x1b[1m{line}\x1b[0m\r\n".encode())
        self.run(line)

    def text(self) -> Text:
        """What it shows, with its colours."""
        lines = [self._line(number) for number in range(self.screen.cursor.y)]
        return Text("\n").join(lines)

    def _line(self, number: int) -> Text:
        line = Text()
        chars = [self.screen.buffer[number][column] for column in range(self._columns)]
        for style, run in groupby(chars, _style):
            line.append("".join(char.data for char in run), style)
        line.rstrip()
        return line


def _style(char: pyte.screens.Char) -> Style:
    return Style(color=_colour(char.fg), bold=char.bold, italic=char.italics)


def _everything(terminal: int) -> Iterable[bytes]:
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            return
        if not shown:
            return
        yield shown


def _colour(name: str) -> str | None:
    """As rich names those of pyte."""
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return name.replace("brown", "yellow").replace("bright", "bright_")


def draw(scene: Scene, terminal: Terminal) -> Path:
    """Write the picture; gives where it is."""
    console = Console(record=True, width=scene.columns, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123 - for as long as the process
    console.print(terminal.text())
    svg = console.export_svg(title="emo", unique_id=scene.name)
    path = PICTURES / f"terminal-{scene.name}.svg"
    path.write_text(WEB_FONTS.sub("", svg))
    return path


def main() -> int:
    """Draw all of them, one after another on one server."""
    with EphemeralServer() as server, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        subprocess.run([sys.executable, "-m", "scripts.family_folder", str(folder / "Family")], check=True)
        user = server.new_user("ann")
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {
            "HOME": place,
            "TERM": "xterm-256color",
            "EMO_SERVER": server.address,
            "EMO_PASSWORD": user.password,
        }
        Terminal(80, folder, environment).run("emo login ann")
        for scene in SCENES:
            terminal = Terminal(scene.columns, folder, environment)
            for line in scene.before:
                Terminal(scene.columns, folder, environment).run(line)
            for line in scene.lines:
                terminal.type(line)
            sys.stdout.write(f"{draw(scene, terminal).relative_to(Path.cwd())}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
