"""Folders that several writers use, threads and processes."""

import threading
from pathlib import Path

from emo_grpc.assets.adapters.filesystem.durable_files import check_present, translated
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder


class SharedFolders:
    """Makes each once; one that another writer has made may be there and not durable yet."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._durable: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Make a folder, durably. Raises Unavailable if `home` is away."""
        with translated(self._home), self._lock:
            check_present(self._home)
            if folder not in self._durable or not folder.is_dir():
                make_folder(folder)
                self._durable.add(folder)
