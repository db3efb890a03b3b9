"""Runs client processes."""

import json
import subprocess
import sys
from typing import Any


def load(action: str, **arguments: Any) -> Any:
    """Run one action of `benchmarks.load` in a process of its own; gives what it measured."""
    command = [sys.executable, "-m", "benchmarks.load", json.dumps({"action": action, **arguments})]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the client failed:\n{done.stderr}")
    return json.loads(done.stdout)


def token(target: str) -> str:
    """The access token of a new user."""
    return str(load("login", target=target)["token"])
