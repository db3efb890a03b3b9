"""The folder in which workers keep their metrics."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from emo_grpc.settings import CannotStart

PREFIX: Final = "emo-metrics-"
NEW_SECONDS: Final = 60
"""A folder that was just made may not be locked yet."""


@contextmanager
def metric_folder() -> Iterator[Path]:
    """Make one among the temporary files, for this user alone and for this run; it goes when the block ends.

    Those that killed supervisors have left are removed: whoever uses a folder holds a lock of it. Raises CannotStart.
    """
    try:
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):  # another user's, or in use
                _remove_abandoned(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise no_room_for_metrics(error) from error
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def no_room_for_metrics(error: OSError) -> CannotStart:
    """What to say where workers can't keep their metrics."""
    return CannotStart(
        f"metrics of workers need some MiB among the temporary files: {error.strerror}; TMPDIR names another folder"
        " for these, and without EMO_OPS_LISTEN there are no metrics"
    )


def _remove_abandoned(folder: Path) -> None:
    found = folder.lstat()
    if found.st_uid != os.getuid() or time.time() - found.st_mtime < NEW_SECONDS:
        return
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(handle)
