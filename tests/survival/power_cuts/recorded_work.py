"""What people do with the service before the power goes: `recorded_work.py FOLDER`.

What they were told is written to /dev/null, so that it stands in the log of system calls at the moment at which they
knew it.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.shared.service_layer.clock import utc_now
from rpc.assets.waiting import persisted
from rpc.vault import MIB, PART, PASSWORD, Person, Stream, Vault, chunks, finish, open_vault, some_bytes, start
from survival.power_cuts.promises import MARK

LETTER, FILM, SONG, NOTE = 14, PART + 2 * MIB + 5, PART + MIB + 7, 1000
TITLE: Final = FieldMask(paths=["title"])


class Marks:
    """Says what somebody was told."""

    def __init__(self) -> None:
        self._file = os.open(os.devnull, os.O_WRONLY)

    def say(self, what: str, **values: object) -> None:
        os.write(self._file, MARK + json.dumps([what, values, utc_now().isoformat()]).encode())


class Worker:
    """One person with a purpose."""

    def __init__(self, person: Person, marks: Marks) -> None:
        self.person = person
        self.marks = marks

    async def create(self, size: int, title: str, declared: bool = True) -> str:
        asset_id = await self.person.create(size if declared else 0, title)
        self.marks.say("created", asset=asset_id, owner=self.person.user_id, title=title, size=size)
        return asset_id

    async def store(self, size: int, title: str) -> str:
        asset_id = await self.create(size, title)
        assert (await self.person.upload(asset_id, some_bytes(size))).complete
        self.marks.say("complete", asset=asset_id)
        return asset_id

    async def watch_stored(self, size: int, title: str) -> str:
        """In one stream, asking how much is safe while it runs."""
        asset_id = await self.create(size, title)
        stream = Stream(self.person, start(asset_id), *chunks(some_bytes(PART + MIB)))
        await persisted(self.person, asset_id, PART)
        self.marks.say("persisted", asset=asset_id, size=PART)
        stream.send(*chunks(some_bytes(size)[PART + MIB :]), finish())
        assert (await stream.end()).complete
        self.marks.say("complete", asset=asset_id)
        return asset_id

    async def pause(self, asset_id: str, size: int) -> None:
        answer = await self.person.send([start(asset_id), *chunks(some_bytes(size))])
        assert answer.persisted_size == PART
        self.marks.say("persisted", asset=asset_id, size=PART)

    async def go_on(self, asset_id: str, size: int) -> None:
        assert (await self.person.upload(asset_id, some_bytes(size)[PART:], PART)).complete
        self.marks.say("complete", asset=asset_id)

    async def retitle(self, asset_id: str, title: str) -> None:
        self.marks.say("retitling", asset=asset_id, title=title)
        asset = pb.Asset(asset_id=asset_id, title=title)
        await self.person.call("UpdateAsset", pb.UpdateAssetRequest(asset=asset, update_mask=TITLE))
        self.marks.say("retitled", asset=asset_id, title=title)

    async def delete(self, asset_id: str) -> None:
        self.marks.say("deleting", asset=asset_id)
        await self.person.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))
        self.marks.say("deleted", asset=asset_id)


async def registered(vault: Vault, name: str, marks: Marks) -> Worker:
    """Somebody who came by the front door."""
    stub = users_pb2_grpc.UsersServiceStub(vault.channel())
    request = users_pb2.RegisterUserRequest(username=name, email=f"{name}@example.org", password=PASSWORD)
    user_id = (await stub.RegisterUser(request)).user_id
    marks.say("registered", name=name, user=user_id)
    return await logged_in(vault, name, user_id, marks)


async def logged_in(vault: Vault, name: str, user_id: str, marks: Marks) -> Worker:
    person = await vault.logged_in(name, user_id)
    tokens = person.tokens
    marks.say("logged in", user=user_id, access=tokens.access_token, refresh=tokens.refresh_token)
    return Worker(person, marks)


async def first_day(vault: Vault, marks: Marks) -> tuple[str, str, str]:
    """Gives a user, and two of their assets: a film that is whole, a song that is not."""
    ann = await registered(vault, "ann", marks)
    letter = await ann.store(LETTER, "Letter")
    film = await ann.watch_stored(FILM, "Film")
    await ann.retitle(letter, "From Grandma")
    song = await ann.create(SONG, "Song", declared=False)
    await ann.pause(song, PART + 5)
    bob = await registered(vault, "bob", marks)
    await bob.delete(await bob.store(NOTE, "Note"))
    await asyncio.gather(*(worker.store(NOTE, "Card") for worker in (ann, bob, ann)))  # they share COMMITs
    await vault.deliver()
    return ann.person.user_id, film, song


async def second_day(vault: Vault, marks: Marks, user_id: str, film: str, song: str) -> None:
    """After the server was started again."""
    ann = await logged_in(vault, "ann", user_id, marks)
    await ann.go_on(song, SONG)
    await ann.delete(film)
    await vault.deliver()
    await ann.pause(await ann.create(PART + MIB, "Draft"), PART)


async def work(folder: Path) -> None:
    marks = Marks()
    with locked_folder(folder):
        async with open_vault(folder) as vault:
            user_id, film, song = await first_day(vault, marks)
    with locked_folder(folder):
        async with open_vault(folder) as vault:
            await second_day(vault, marks, user_id, film, song)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
