"""The installed `emo` command, in processes of its own."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.server_process import COMMAND

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class EmoProcess:
    """Runs `emo` with a folder of settings of its own, in a folder of its own.

    `command`: what stands for `emo`.
    """

    folder: Path
    password: str = "correct horse"
    command: Sequence[str] = (COMMAND,)

    def run(self, *arguments: str, code: int = 0, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run it to its end; asserts its exit code."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self._environment(),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        return done

    def output(self, *arguments: str) -> str:
        """What it prints."""
        return self.run(*arguments).stdout.decode()

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        """Start it, to be killed or waited for."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env=self._environment(),
            cwd=self.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _environment(self) -> dict[str, str]:
        own = {"EMO_CONFIG_DIR": str(self.folder / "config"), "EMO_PASSWORD": self.password, "COLUMNS": "120"}
        return {**os.environ, **own}
