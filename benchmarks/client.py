"""Runs client processes."""

import json
import subprocess
import sys
from typing import Any


def load(action: str, **arguments: Any) -> Any:
    """Run one action of `benchmarks.load` in a process of its own; gives what it measured."""
    return run_client("load", {"action": action, **arguments})


def run_client(module: str, given: dict[str, Any]) -> Any:
    """Run a module of `benchmarks` as a process of its own; gives the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", json.dumps(given)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the client failed:\n{done.stderr}")
    return json.loads(done.stdout)


def token(target: str) -> str:
    """The access token of a new user."""
    return str(load("login", target=target)["token"])
