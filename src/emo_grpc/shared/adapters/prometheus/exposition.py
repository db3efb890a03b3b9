"""Metrics as Prometheus reads them."""

import threading
import time
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
GOOD_FOR: Final = 1.0
"""Seconds."""


class Exposition:
    """The text of a registry, made at most once a second, by one thread: strangers can't have it made all the time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._making = threading.Lock()
        self._text = b""
        self._made = -GOOD_FOR

    def text(self) -> bytes:
        """In the text format, version 0.0.4."""
        with self._making:
            if time.monotonic() - self._made >= GOOD_FOR:
                self._text = generate_latest(self._registry)
                self._made = time.monotonic()
            return self._text
