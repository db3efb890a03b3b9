"""Checks of DATA_FOLDER."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.filesystem.durable_files import RESERVED
from emo_grpc.preflight.finding import Finding, fail, ok, warn
from emo_grpc.preflight.room import judged
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder

OTHERS: Final = 0o007


def look_at_folder(folder: Path) -> list[Finding]:
    """Whether a server can keep its data there, durably, and nobody else reads it. Takes no lock."""
    place = _existing(folder)
    if not place.is_dir():
        return [fail(f"{place} is no folder", "set DATA_FOLDER to another place")]
    try:
        _keep_a_file(place)
    except OSError as error:
        hint = f"give the user that the server runs as all rights on {place}, on a volume that can be written"
        return [fail(f"{place}: {error.strerror}", hint)]
    if place != folder.absolute():
        return [ok(f"{folder} is made at the first start")]
    if folder.stat().st_mode & OTHERS:
        return [warn(f"{folder}: other users of this machine may look into it", f"chmod 700 {folder}")]
    return [ok(f"{folder}: written, linked and synced")]


def look_at_room(folder: Path) -> list[Finding]:
    """How much room its volume has, in bytes and in files."""
    volume = os.statvfs(_existing(folder))
    if not volume.f_blocks:  # it does not tell
        return []
    if volume.f_files and not volume.f_favail:
        return [fail(f"the volume of {folder} takes no more files", "make room: it has no inodes left")]
    return [judged(volume.f_bavail * volume.f_frsize, f"the volume of {folder}", RESERVED)]


def _existing(folder: Path) -> Path:
    """It, or what is above it where it is yet to be made."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def _keep_a_file(place: Path) -> None:
    """Do what the database and the file store do: they write, link, rename and sync."""
    name = f".check-{secrets.token_hex(8)}"
    draft, linked = place / name, place / f"{name}.linked"
    try:
        with draft.open("xb") as file:
            file.write(b"emo admin check")
            file.flush()
            os.fsync(file.fileno())
        linked.hardlink_to(draft)
        linked.rename(draft)
        sync_folder(place)
    finally:
        for path in (linked, draft):
            with suppress(OSError):
                path.unlink(missing_ok=True)
