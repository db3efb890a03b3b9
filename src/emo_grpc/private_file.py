"""Small JSON files that only their owner may read."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


class PrivateFile:
    """A JSON object in a file with mode 0600 in a folder with mode 0700. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, object]:
        """The object; empty if the file is missing or is no JSON object."""
        try:
            found = json.loads(self._path.read_bytes())
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, content: Mapping[str, object]) -> None:
        """Replace the object at once: a crash leaves the old or the new one, and after this the new one."""
        self._make_folder()
        # mkstemp makes files of mode 0600, so the secret is never readable by others, not even for a moment.
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=2)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(self._path)
            sync_folder(self._path.parent)
        except BaseException as error:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            if isinstance(error, OSError) and error.filename is None:  # of a disk that is full, for one
                error.filename = str(self._path)
            raise

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Hold the file's lock, in a file beside it, if no other process does; gives whether it is held."""
        self._make_folder()
        handle = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield try_lock(handle)
        finally:
            os.close(handle)

    def _make_folder(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def try_lock(handle: int) -> bool:
    """Lock an open file for this process, until it is closed; False if another one holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on this platform only

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - exists on this platform only

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def locked_folder(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder, if no other process does; gives whether it is held, True where folders have none."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folder
        yield True
        return
    try:
        yield try_lock(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the platform can. Blocking."""
    with suppress(OSError):  # not every platform can open or sync a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
