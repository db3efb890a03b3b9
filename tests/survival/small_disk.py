"""File systems that are soon full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from survival.scale import SCALE
from waiting import wait_until

MIB = 1 << 20
SIZE = 128 * MIB
BLOCK = 4096
KINDS = ("tmpfs", "ext4") if SCALE.is_long else ("tmpfs",)
"""In memory, without writes around the page cache; and on a disk, which is a file, with them."""


class SmallDisk:
    """A mounted one."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        """Bytes."""
        volume = os.statvfs(self.folder)
        return volume.f_bavail * volume.f_frsize

    def fill(self, but: int) -> None:
        """Leave so many bytes."""
        with self._ballast.open("ab", buffering=0) as file:
            while self.free > but:
                file.write(bytes(min(MIB, max(BLOCK, self.free - but))))
                os.fsync(file.fileno())

    def wait_for(self, free: int) -> None:
        """Wait until that many bytes are."""
        wait_until(lambda: self.free >= free, shown=lambda: f"{self.free} bytes are free")

    def make_room(self) -> None:
        """Take back what `fill` has done."""
        self._ballast.unlink()


@contextmanager
def small_disk(kind: str, folder: Path) -> Iterator[SmallDisk]:
    """One of a kind. Only root may mount: fails in CI without it, and skips elsewhere."""
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(_mount(kind, folder, place), capture_output=True, text=True, check=False)
    if done.returncode:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"a small {kind} can't be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(kind, place)
    finally:
        subprocess.run(["umount", place], check=True)


def _mount(kind: str, folder: Path, place: Path) -> list[str | Path]:
    if kind == "tmpfs":
        return ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place]
    image = folder / "image"
    image.touch()
    os.truncate(image, SIZE)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-m", "0", image], check=True)
    return ["mount", "-o", "loop", image, place]
