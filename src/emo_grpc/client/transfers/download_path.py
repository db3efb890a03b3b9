"""Where a download goes."""

import errno
import os
from pathlib import Path

from emo_grpc.client.transfers.file_names import safe_file_name


def path_of_download(target: Path, name: str, asset_id: str, *, is_folder: bool) -> Path:
    """`target`, or what the file is called in that folder; `is_folder` makes it if it is missing. Blocking.

    Raises OSError.
    """
    if is_folder:
        _make_folder(target)
    return target / safe_file_name(name, asset_id) if target.is_dir() else target


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        try:
            folder.mkdir()
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
