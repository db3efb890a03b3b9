"""Python runs this at its start, in servers of the tests that put this folder on PYTHONPATH.

ODD says what is odd about them.
"""

import os
import sys
import threading
import time
import warnings
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any


def fail(*_: object) -> None:
    raise RuntimeError("an odd fault")


def warn() -> None:
    warnings.warn("an odd warning", stacklevel=1)


def wait() -> None:
    Path("waiting").touch()
    time.sleep(60)


def odd_start() -> None:
    odd = os.environ["ODD"]
    if odd == "warns":
        warn()
    elif odd == "starting":
        fail()
    elif odd == "waits":
        wait()
    elif odd == "on a thread":
        threading.Thread(target=fail).start()


class WhenItIsImported(MetaPathFinder):
    """Changes the service just before it is imported, which is when the log is set up."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "emo_grpc.hosting.running":
            sys.meta_path.remove(self)
            odd_start()
            if os.environ["ODD"] == "serving":
                from emo_grpc.bootstrap import service

                service.RunningService.server = fail  # type: ignore[method-assign,assignment]


if "ODD" in os.environ:
    sys.meta_path.insert(0, WhenItIsImported())
