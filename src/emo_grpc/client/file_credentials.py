"""Keeps credentials in a file."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from emo_grpc.client.credentials import Credentials
from emo_grpc.private_file import PrivateFile

LOCK_POLL_SECONDS: Final = 0.02
TIMES: Final = ("access_expire_time", "refresh_expire_time", "received_time")


class FileCredentialsStore:
    """One JSON file for all servers: `{server: {user_id, access_token, …}}`; times in ISO 8601.

    Beside it `devices.json`: `{server: {name or address: device token}}`.
    """

    def __init__(self, path: Path, server: str) -> None:
        self._file = PrivateFile(path)
        self._servers_file = PrivateFile(path.with_name(f"{path.name}.servers"))
        self._devices_file = PrivateFile(path.with_name("devices.json"))
        self._server = server

    async def load(self) -> Credentials | None:
        """See CredentialsStore; what can't be read counts as not logged in."""
        found = (await asyncio.to_thread(self._file.read)).get(self._server)
        if not isinstance(found, dict):
            return None
        try:
            times = {name: datetime.fromisoformat(found[name]) for name in TIMES}
            loaded = Credentials(**{**found, **times})
        except (KeyError, TypeError, ValueError):
            return None
        return loaded if _is_usable(loaded) else None

    async def save(self, credentials: Credentials) -> None:
        """See CredentialsStore."""
        kept = asdict(credentials)
        kept.update({name: kept[name].isoformat() for name in TIMES})
        await self._replace(kept)

    async def clear(self) -> None:
        """See CredentialsStore."""
        await self._replace(None)

    def lock(self) -> AbstractAsyncContextManager[object]:
        """See CredentialsStore; the lock is one for all servers."""
        return _locked(self._file)

    async def device_token(self, identifier: str) -> str:
        """See CredentialsStore; what can't be read, or sent, counts as none."""
        try:
            found = _entries(await asyncio.to_thread(self._devices_file.read), self._server).get(identifier)
        except OSError:
            return ""
        return found if isinstance(found, str) and found.isascii() else ""

    async def keep_device_token(self, identifier: str, token: str) -> None:
        """See CredentialsStore; where it can't be written the next login does without."""
        with suppress(OSError):
            async with _locked(self._devices_file):
                servers = await asyncio.to_thread(self._devices_file.read)
                kept = {**_entries(servers, self._server), identifier: token}
                await asyncio.to_thread(self._devices_file.write, {**servers, self._server: kept})

    async def _replace(self, kept: dict[str, object] | None) -> None:
        # The caller may hold the lock of a refresh, so the file of all servers is guarded by a lock of its own.
        async with _locked(self._servers_file):
            await asyncio.to_thread(self._write, kept)

    def _write(self, kept: dict[str, object] | None) -> None:
        servers = self._file.read()
        servers.pop(self._server, None)
        if kept is not None:
            servers[self._server] = kept
        self._file.write(servers)


def _entries(servers: Mapping[str, object], server: str) -> dict[str, object]:
    found = servers.get(server)
    return found if isinstance(found, dict) else {}


def _is_usable(loaded: Credentials) -> bool:
    """Whether times can be compared, and the access token be sent: metadata is printable ASCII in gRPC."""
    times = (loaded.access_expire_time, loaded.refresh_expire_time, loaded.received_time)
    texts: tuple[object, ...] = (loaded.user_id, loaded.access_token, loaded.refresh_token)  # of any file
    return all(time.tzinfo is not None for time in times) and all(
        isinstance(text, str) and text.isascii() and text.isprintable() for text in texts
    )


@asynccontextmanager
async def _locked(file: PrivateFile) -> AsyncIterator[None]:
    while True:
        with file.try_lock() as is_held:
            if is_held:
                yield
                return
        await asyncio.sleep(LOCK_POLL_SECONDS)
