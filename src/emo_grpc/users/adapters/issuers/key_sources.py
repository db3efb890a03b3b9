"""Where the keys of an issuer are read: over HTTP, or from a file. Both are bounded in size and time."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

MAX_BYTES: Final = 256 << 10
TOTAL_SECONDS: Final = 5.0
OK: Final = 200

KeySource = Callable[[], Awaitable[bytes]]
"""Gives the document; raises `SourceFailed`."""


class SourceFailed(Exception):
    """The keys can't be read now; the text says why, for the log."""


class HttpKeySource:
    """Asks with GET. It follows no redirects and asks no proxy: keys come from where the operator said, or not at all.

    http.client has a bound for each step only. What takes longer in all, a byte at a time, is cut off.
    """

    def __init__(self, url: str, ca_file: Path | None, total_seconds: float = TOTAL_SECONDS) -> None:
        self._parts = urlsplit(url)
        self._ca_file = ca_file
        self._total_seconds = total_seconds

    async def __call__(self) -> bytes:
        """Fetch it."""
        cut = _Cut()
        try:
            async with asyncio.timeout(self._total_seconds):
                return await asyncio.to_thread(self._get, cut)
        except TimeoutError:
            raise SourceFailed(f"no whole answer within {self._total_seconds:g} s") from None
        finally:
            cut.now()

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return HTTPConnection(host, port, timeout=self._total_seconds)
        context = ssl.create_default_context(cafile=self._ca_file)
        return HTTPSConnection(host, port, timeout=self._total_seconds, context=context)

    def _get(self, cut: "_Cut") -> bytes:
        path = self._parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            connection = self._connection()
            with closing(connection):
                connection.connect()
                cut.take(connection.sock)
                connection.request("GET", path, headers={"Accept": "application/json"})
                with connection.getresponse() as response:
                    content = response.read(MAX_BYTES + 1)
        except (OSError, HTTPException, ValueError) as error:
            raise SourceFailed(str(error) or type(error).__name__) from error
        if response.status != OK:
            raise SourceFailed(f"status {response.status}")
        return _bounded(content)


class _Cut:
    """Ends what a thread still waits for. The connection itself forgets its socket once an answer has begun."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_over = False

    def take(self, opened: socket.socket) -> None:
        """Remember it, in the thread; raises SourceFailed if it comes too late."""
        self._socket = opened
        if self._is_over:
            raise SourceFailed("connected too late")

    def now(self) -> None:
        """Shut down what there is, and let nothing begin."""
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class FileKeySource:
    """Reads a file, anew each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self) -> bytes:
        """Read it."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                return _bounded(file.read(MAX_BYTES + 1))
        except OSError as error:
            raise SourceFailed(str(error)) from error


def _bounded(content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise SourceFailed(f"more than {MAX_BYTES} bytes")
    return content
