"""A terminal for the command."""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Queue

import pytest

from emo_grpc.cli.app import app


@dataclass
class Terminal:
    """A terminal as standard input, output and error."""

    keyboard: int
    screen: int
    shown: "Queue[bytes]" = field(default_factory=Queue)

    def watch(self) -> None:
        """Collect what is shown, until the screen is closed."""
        with suppress(OSError):
            while data := os.read(self.keyboard, 65536):
                self.shown.put(data)

    def run(self, *arguments: str, typed: str = "", columns: int = 160) -> tuple[int, str]:
        """Run the command while somebody types; gives its exit code and what was shown."""
        os.write(self.keyboard, typed.encode())
        exit_code = 0
        with (
            open(self.screen, closefd=False) as stdin,
            open(self.screen, "w", closefd=False) as stdout,
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setenv("COLUMNS", str(columns))
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stdout)
            try:
                app(list(arguments), prog_name="emo")
            except SystemExit as ended:
                exit_code = int(ended.code or 0)
        return exit_code, self._all_shown()

    def _all_shown(self) -> str:
        end = os.urandom(8).hex().encode()
        os.write(self.screen, end)
        shown = b""
        while not shown.endswith(end):
            shown += self.shown.get(timeout=10)
        return shown.removesuffix(end).decode()
