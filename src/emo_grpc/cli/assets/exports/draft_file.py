"""The file that a ZIP file grows in before it gets its name."""

import errno
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from emo_grpc.cli.assets.exports.export_format import README, README_TEXT
from emo_grpc.cli.assets.exports.zip_entries import FIRST_TIME
from emo_grpc.cli.assets.exports.zip_records import FILE_MODE, entry_named
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import path_text, print_error
from emo_grpc.client.transfers.partial_file import end_naming
from emo_grpc.client.transfers.renaming import is_open_file, rename_without_replacing
from emo_grpc.private_file import sync_folder, try_lock


def begin_of_draft() -> bytes:
    """What each begins with: an entry that says what it is, always the same bytes, by which it is known to be ours."""
    data = README_TEXT.encode()
    info = entry_named(README, FIRST_TIME)
    info.file_size = info.compress_size = len(data)
    info.CRC = zlib.crc32(data)
    return info.FileHeader() + data


@contextmanager
def opened_draft(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Open, or make, that of a ZIP file, which gets its name at the end. After an error it stays. Blocking.

    Raises Refusal if there is a file of this name, unless `overwrite`, or another export or file in the way, OSError.
    """
    draft = path.with_name(f"{path.name}.part")
    end_naming(draft, path)  # or --force would write into what has its name already
    _require_free(path, overwrite=overwrite)
    _require_folder(path.parent)
    _require_no_special(draft)
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
    with os.fdopen(handle, "r+b") as file:
        if not try_lock(handle) or not is_open_file(draft, handle):
            raise Refusal(f"another export to {path} is under way", EXIT_CODES["FAILED_PRECONDITION"])
        _require_ours(draft, file)
        try:
            yield file
        except BaseException:
            _leave(draft, path, file)
            raise
        file.flush()
        os.fsync(handle)
        _give_name(draft, path, overwrite=overwrite)
        sync_folder(path.parent)


def _give_name(draft: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        draft.replace(path)
        return
    try:
        rename_without_replacing(draft, path)
    except FileExistsError:
        raise _exists(path) from None


def _leave(draft: Path, path: Path, file: BinaryIO) -> None:
    """Of what holds nothing yet, nothing stays."""
    if file.seek(0, 2) > len(begin_of_draft()):
        print_error(f"{path_text(path)} is not made yet: the same command goes on with {path_text(draft)}")
    else:
        draft.unlink(missing_ok=True)


def _require_no_special(draft: Path) -> None:
    """Neither a pipe nor a device is opened. A link is refused when it is opened, and a folder too."""
    if os.path.lexists(draft) and not (draft.is_file() or draft.is_dir() or draft.is_symlink()):
        raise _not_ours(draft)


def _not_ours(draft: Path) -> Refusal:
    return Refusal(f"{draft} is no export that this one can go on with: move it away", EXIT_CODES["ALREADY_EXISTS"])


def _require_ours(draft: Path, file: BinaryIO) -> None:
    """Nothing is written into what somebody else has made, or may read."""
    found, begin = os.fstat(file.fileno()), begin_of_draft()
    is_own = stat.S_ISREG(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())
    if not is_own or not begin.startswith(file.read(len(begin))):
        raise _not_ours(draft)
    if hasattr(os, "fchmod"):  # which Windows has not
        os.fchmod(file.fileno(), FILE_MODE)


def _require_folder(folder: Path) -> None:
    """What the system says otherwise has the name of the draft, which nobody gave."""
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(folder))


def _require_free(path: Path, *, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise _exists(path)


def _exists(path: Path) -> Refusal:
    return Refusal(f"{path} exists already; --force overwrites it", EXIT_CODES["ALREADY_EXISTS"])
