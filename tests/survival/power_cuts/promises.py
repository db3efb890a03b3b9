"""What people were told, and whether a service still knows it."""

import asyncio
import json
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import google_crc32c
import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.shared.service_layer.relay import LEASE
from rpc.vault import Person, Vault, chunks, finish, open_vault, some_bytes, start
from stored import stored

MARK: Final = b"emo was told "
PATIENCE_SECONDS: Final = 60


@dataclass
class Promised:
    """An asset. `titles` are two while a change is under way; `doubtful`, while a deletion is."""

    owner: str
    size: int
    titles: set[str]
    persisted: int = 0
    is_complete: bool = False
    is_doubtful: bool = False
    is_deleted: bool = False


@dataclass
class Promises:
    """All that was acknowledged up to some moment. `last_time`: that of the last acknowledgement, if there is any."""

    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    assets: dict[str, Promised] = field(default_factory=dict)
    last_time: datetime | None = None

    @classmethod
    def of(cls, marks: Iterable[bytes]) -> "Promises":
        found = cls()
        for mark in marks:
            what, values, time = json.loads(mark.removeprefix(MARK))
            found.last_time = datetime.fromisoformat(time)
            getattr(found, "_" + what.replace(" ", "_"))(**values)
        return found

    def _registered(self, name: str, user: str) -> None:
        self.users[name] = user

    def _logged_in(self, user: str, access: str, refresh: str) -> None:
        self.tokens[user] = (access, refresh)

    def _created(self, asset: str, owner: str, title: str, size: int) -> None:
        self.assets[asset] = Promised(owner, size, {title})

    def _persisted(self, asset: str, size: int) -> None:
        self.assets[asset].persisted = size

    def _complete(self, asset: str) -> None:
        self.assets[asset].is_complete = True

    def _retitling(self, asset: str, title: str) -> None:
        self.assets[asset].titles.add(title)

    def _retitled(self, asset: str, title: str) -> None:
        self.assets[asset].titles = {title}

    def _deleting(self, asset: str) -> None:
        self.assets[asset].is_doubtful = True

    def _deleted(self, asset: str) -> None:
        self.assets[asset].is_deleted = True


async def broken_promise(promises: Promises, folder: Path) -> str:
    """Start the service on a data folder and use it; gives what is wrong, nothing if all is kept."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            with locked_folder(folder):
                async with open_vault(folder) as vault:
                    await Check(promises, vault).run()
        with stored(folder) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except Exception:
        return traceback.format_exc()
    return ""


class Check:
    """Uses a service to see what it knows. AssertionError, or what a call raises, when it does not keep a promise."""

    def __init__(self, promises: Promises, vault: Vault) -> None:
        self._promises = promises
        self._vault = vault

    async def run(self) -> None:
        # As if the power came back soon, however long ago this was recorded: tokens are good for a quarter of an hour.
        # Who was killed holds what it had taken for the time of a lease; it may have taken it a little later.
        now = self._vault.clock()
        self._vault.clock.ahead += (self._promises.last_time or now) - now + 2 * LEASE
        await self._vault.deliver()
        people = {user: await self._person(name, user) for name, user in self._promises.users.items()}
        for asset_id, promised in self._promises.assets.items():
            await self._asset(people[promised.owner], asset_id, promised)
        await self._vault.deliver()
        blobs = list((self._vault.folder / "files" / "blobs").glob("*/*"))
        owned = sum([await self._count(person) for person in people.values()])
        assert len(blobs) == owned, "files of nobody are left"

    async def _person(self, name: str, user_id: str) -> Person:
        stub: Any = users_pb2_grpc.UsersServiceStub(self._vault.channel())  # grpc's stub types say nothing of metadata
        if user_id in self._promises.tokens:
            access, refresh = self._promises.tokens[user_id]
            await stub.GetMe(users_pb2.GetMeRequest(), metadata=(("authorization", f"Bearer {access}"),))
            await stub.RefreshTokens(users_pb2.RefreshTokensRequest(refresh_token=refresh))
        return await self._vault.logged_in(name, user_id)

    async def _asset(self, person: Person, asset_id: str, promised: Promised) -> None:
        asset = await found(person, asset_id)
        if asset is None:
            assert promised.is_doubtful, f"asset {promised.titles} is gone"
            return
        assert not promised.is_deleted, f"asset {promised.titles} is back"
        assert asset.title in promised.titles
        await self._file(person, asset_id, promised)

    async def _file(self, person: Person, asset_id: str, promised: Promised) -> None:
        status, data = await person.status(asset_id), some_bytes(promised.size)
        if not status.complete:
            assert not promised.is_complete, f"file of {promised.titles} is not complete any more"
            assert status.persisted_size >= promised.persisted, f"{promised.titles} has only {status.persisted_size}"
            rest = chunks(data[status.persisted_size :])
            messages = [start(asset_id, status.persisted_size), *rest, finish(google_crc32c.value(data))]
            assert (await person.send(messages)).complete
        assert await person.download(asset_id) == data, f"file of {promised.titles} has other bytes"

    async def _count(self, person: Person) -> int:
        answer = await person.call("ListAssets", pb.ListAssetsRequest())
        return sum(asset.state == pb.ASSET_STATE_READY for asset in answer.assets)


async def found(person: Person, asset_id: str) -> pb.Asset | None:
    """An asset, if there is one."""
    try:
        return await person.asset(asset_id)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise
        return None
