"""Mixed work of several clients, until told to stop. All that is acknowledged goes into a ledger."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from random import Random
from uuid import uuid4

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.client import BytesSource, EmoClient
from survival.ledger import UPLOAD, Ledger
from survival.raw import RawClient

PASSWORD = "correct horse"
MIB = 1 << 20
FILE_NAME = pb.File(name="film.mp4")
FILE = Random(23).randbytes(17 * MIB)
"""Two parts and a bit, so that each upload has checkpoints on its way."""
LETTER = FILE[:1000]
"""Stored in one step."""


class Dripping(BytesSource):
    """Bytes that come slowly enough for something to happen meanwhile."""

    def __init__(self, data: bytes, pause: float) -> None:
        super().__init__(data)
        self._pause = pause

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        async with aclosing(super().read_from(offset)) as pieces:
            async for piece in pieces:
                yield piece
                await asyncio.sleep(self._pause)


class Load:
    """The clients' work, each method one client's."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.stop = asyncio.Event()

    async def describes(self, client: EmoClient) -> None:
        """Create one asset, look it up and update it, create another one and remove that again."""
        while not self.stop.is_set():
            asset_id, title = await self._create(client)
            self.ledger.titles[asset_id] = {title}
            await self.ledger.tried("get", partial(client.assets.get, asset_id))
            await self._update(client, asset_id)
            await self._remove(client, (await self._create(client))[0])

    async def uploads(self, client: EmoClient, pause: float, file: bytes = FILE) -> None:
        """One file after the other, each with other bytes at its end."""
        while not self.stop.is_set():
            request_id, data = str(uuid4()), file + uuid4().bytes
            asset = pb.Asset(title="film", file=FILE_NAME)
            upload = partial(client.upload, Dripping(data, pause), asset, request_id=request_id)
            sent = await self.ledger.written(UPLOAD, upload)
            self.ledger.files[sent.asset_id] = data

    async def registers(self, raw: RawClient, seconds: float | None) -> None:
        """Accounts and their logins; repeats whatever failed, with the request id that it had.

        Each is of somebody with a network of their own: one network may make only so many.
        """
        while not self.stop.is_set():
            name = f"u{uuid4().hex[:12]}"
            call = partial(raw.user, address=f"2001:db8:{name[1:5]}::1")
            account = users_pb2.RegisterUserRequest(
                username=name, email=f"{name}@example.org", password=PASSWORD, request_id=str(uuid4())
            )
            await self.ledger.written("register", partial(call, "RegisterUser", account, seconds))
            log_in = users_pb2.LoginRequest(username=name, password=PASSWORD)
            answer = await self.ledger.written("login", partial(call, "Login", log_in, seconds))
            self.ledger.logins[name] = answer.tokens.access_token

    async def reads(self, raw: RawClient, seconds: float | None) -> None:
        """What was acknowledged is there at once, whoever is asked."""
        choice = Random(5)
        while not self.stop.is_set():
            if self.ledger.titles:
                request = pb.GetAssetRequest(asset_id=choice.choice(list(self.ledger.titles)))
                await self.ledger.tried("get", partial(raw.asset, "GetAsset", request, seconds))
            await self.ledger.tried("list", partial(raw.asset, "ListAssets", pb.ListAssetsRequest(), seconds))
            await asyncio.sleep(0.01)  # so that there is time for others

    async def _create(self, client: EmoClient) -> tuple[str, str]:
        """Its id and its title."""
        title = str(uuid4())
        create = partial(client.assets.create, pb.Asset(title=title, file=FILE_NAME), request_id=title)
        return await self.ledger.written("create", create), title

    async def _update(self, client: EmoClient, asset_id: str) -> None:
        title = f"changed {uuid4()}"
        self.ledger.titles[asset_id].add(title)
        change = pb.Asset(asset_id=asset_id, title=title)
        if await self.ledger.tried("update", partial(client.assets.update, change, ["title"])):
            self.ledger.titles[asset_id] = {title}
            self.ledger.acknowledged += 1

    async def _remove(self, client: EmoClient, asset_id: str) -> None:
        if await self.ledger.tried("delete", partial(client.assets.purge, asset_id, force=True)):
            self.ledger.removed.add(asset_id)
            self.ledger.acknowledged += 1
