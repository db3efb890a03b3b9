"""How much memory a blob store may take."""

import threading

from emo_grpc.shared.domain.errors import StorageFull


class Room:
    """Counts the bytes that are in use, on any thread, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take bytes; raises StorageFull where so many are not left."""
        with self._lock:
            if size > self._left:
                raise StorageFull("the memory for files is full")
            self._left -= size

    def give_back(self, size: int) -> None:
        """Count bytes no more that were taken."""
        with self._lock:
            self._left += size
