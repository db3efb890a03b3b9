"""What may lie where a stored file was."""

import os
import socket
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path

Imposter = Callable[[Path], None]
"""Takes the place of a file."""


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    path.unlink()
    # A socket's address has room for a short path only.
    with chdir(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path) -> None:
    """To the very bytes that were there."""
    path.symlink_to(path.rename(path.with_name(f"{path.name}-moved")))


def device(path: Path) -> None:
    """By a link, for only root makes devices."""
    path.unlink()
    path.symlink_to("/dev/zero")


IMPOSTERS: list[Imposter] = [pipe, unix_socket, folder, link, device]


def let_go(path: Path) -> None:
    """Whoever waits for the other end of a pipe at that place, or below it, waits no longer."""
    for place in [path, *path.rglob("*")]:
        if place.is_fifo():
            with suppress(OSError):
                os.close(os.open(place, os.O_RDWR | os.O_NONBLOCK))
