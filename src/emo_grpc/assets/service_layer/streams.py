"""How many transfers run at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from emo_grpc.shared.domain.errors import TooManyCalls

MAX_STREAMS: Final = 256
"""Each upload, and each download, holds up to 4 MiB, so all of a kind stay within 1 GiB."""

BUSY_RETRY_AFTER: Final = timedelta(seconds=2)


class Streams:
    """The transfers of one kind in this process: `running` of them, never more than `limit`."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self.limit = limit
        self.running = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of them while the block runs; raises TooManyCalls."""
        if self.running >= self.limit:
            raise TooManyCalls("this server takes no more transfers at the moment", retry_after=BUSY_RETRY_AFTER)
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
