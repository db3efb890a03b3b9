"""A real shell at a terminal, in which somebody presses the tab key."""

import os
import pty
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from typing import Final

import pytest

PATIENCE_SECONDS = 30.0
COMMANDS: Final = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUP: Final = {
    "bash": 'bind "set enable-bracketed-paste off"; eval "$(emo completion bash)"',
    "zsh": "bindkey -e; autoload -Uz compinit; compinit -u -D; source <(emo completion zsh)",
    "fish": "emo completion fish | source",
}
WORD: Final = re.compile(rb"(?:^|\r)<([^\r\n]*)>\r*$", re.MULTILINE)
ESCAPES: Final = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
TAB, HOME, END, ENTER = "\t", "\x01", "\x05", "\r"


class TypedShell:
    """The shell, with the completion of emo."""

    def __init__(self, terminal: int, shell: str) -> None:
        self._terminal = terminal
        self._ask(f"{SETUP[shell]}; printf '<%s>\\n' READY{ENTER}", "READY")

    def complete(self, line: str) -> list[str]:
        """Type it and the tab key, and give the words that the shell would run."""
        return self._ask(f"{line}{TAB}{HOME}printf '<%s>\\n' {END}{ENTER}printf '<%s>\\n' DONE{ENTER}", "DONE")[:-1]

    def _ask(self, keys: str, last: str) -> list[str]:
        """Type these, and give all that is printed between < and >, as soon as the last of it is."""
        os.write(self._terminal, keys.encode())
        shown = b""
        while last not in (found := [word.decode() for word in WORD.findall(ESCAPES.sub(b"", shown))]):
            ready, _, _ = select([self._terminal], [], [], PATIENCE_SECONDS)
            assert ready, shown.decode(errors="replace")
            shown += os.read(self._terminal, 65536)
        return found


@contextmanager
def typed_shell(shell: str, folder: Path, environment: Mapping[str, str]) -> Iterator[TypedShell]:
    """Start it in the folder; skipped where it is not installed, which fails in CI."""
    if shutil.which(shell) is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"{shell} is not installed")
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvpe(shell, COMMANDS[shell], {**os.environ, **environment, "TERM": "xterm", "COLUMNS": "300"})
    try:
        yield TypedShell(terminal, shell)
    finally:
        os.close(terminal)
        with suppress(ProcessLookupError):
            os.kill(process, 9)
        os.waitpid(process, 0)
