"""Starts and ends the server's process."""

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from emo_grpc.extras import Extra, installing, is_missing
from emo_grpc.testing.accounts import Account, to_line

OWN_SETTINGS: Final = {"EMO_LISTEN": "127.0.0.1:0", "LOG_FORMAT": "json"}
LINES_KEPT: Final = 50
MOST_SECONDS: Final = 5.0
"""It ends when its standard input does, but if a process that was forked from this one holds the other end, too."""


class ServerProcess:
    """Runs `emo_grpc.testing` until `close`; what it logs last is in `log`. Raises RuntimeError when it does not start.

    It gets none of the settings of this process's environment, and no `.env`, but those in `settings`.
    """

    def __init__(self, accounts: Sequence[Account], settings: Mapping[str, str]) -> None:
        _require_server()
        self.log: deque[str] = deque(maxlen=LINES_KEPT)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "emo_grpc.testing"],  # -P: nothing here is taken for one of its modules
            env=_environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self.address = self._started(accounts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it at once."""
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(MOST_SECONDS)
            self._process.kill()

    def _started(self, accounts: Sequence[Account]) -> str:
        """Its address, `host:port`."""
        if self._process.stdin is not None:  # mypy does not know that it was asked for
            with suppress(BrokenPipeError):  # it has ended already, and says why
                self._process.stdin.write(to_line(accounts))
                self._process.stdin.flush()
        said = self._process.stderr or ()
        for line in said:
            address = _address(line)
            if address:
                threading.Thread(target=self.log.extend, args=(said,), daemon=True).start()  # a full pipe would stop it
                return address
            self.log.append(line)
        raise RuntimeError("the server did not start:\n" + "".join(self.log))


def _address(line: str) -> str:
    """Where it listens, if this line of its log says so."""
    with suppress(ValueError):
        said = json.loads(line)
        if isinstance(said, dict) and said.get("event") == "listening":
            return str(said["address"])
    return ""


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    from emo_grpc.settings import Settings  # noqa: PLC0415 - first it has to be known whether it is installed

    names = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in names}
    # None of them is a misspelt setting of this server, however it looks.
    foreign = {"EMO_FOREIGN_VARIABLES": ",".join(inherited.keys() - settings.keys())}
    return {**inherited, **OWN_SETTINGS, **foreign, **settings}


def _require_server() -> None:
    if is_missing(Extra.SERVER):
        raise RuntimeError(f"a server for tests needs what servers are made of: {installing(Extra.SERVER)}")
