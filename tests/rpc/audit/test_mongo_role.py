"""The role that docs/security.md gives a server on MongoDB."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pymongo
import pytest
from pydantic import SecretStr
from pymongo.errors import OperationFailure

from emo.users.v1 import users_pb2
from emo_grpc.bootstrap.mongo_engine import INDEXES
from emo_grpc.shared.adapters.mongo.audit import ENTRIES
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.users.domain.user import Role
from mongod import memory_folder, running_mongod
from rpc.audit.trail import all_events, kinds
from rpc.vault import PASSWORD, open_vault

PAGE: Final = (Path(__file__).parents[3] / "docs" / "security.md").read_text()
LISTS: Final[dict[str, list[str]]] = {
    name: json.loads(values) for name, values in re.findall(r"^const (\w+) = (\[[^\]]*\]);$", PAGE, re.MULTILINE)
}
CREDENTIALS: Final = "emo:secret"


@pytest.fixture
def guarded_url(tmp_path: Path) -> Iterator[str]:
    """Of a mongod that asks who connects, for the user of the page."""
    key = tmp_path / "key"
    key.write_text("a" * 32)
    key.chmod(0o600)
    with (
        memory_folder(tmp_path / "mongod") as folder,
        running_mongod(folder, "--auth", "--keyFile", str(key)) as mongod,
        pymongo.MongoClient[Document](mongod.url) as client,
    ):
        privileges = [
            {"resource": {"db": "emo", "collection": collection}, "actions": LISTS[actions]}
            for collections, actions in (("trail", "add"), ("others", "change"))
            for collection in LISTS[collections]
        ]
        # Until there is a user, whoever connects from the same machine may make one.
        client.admin.command("createUser", "root", pwd="root", roles=["root"])
        with pymongo.MongoClient[Document](mongod.url.replace("//", "//root:root@")) as root:
            root.emo.command("createRole", "emoServer", privileges=privileges, roles=[])
            root.emo.command("createUser", "emo", pwd="secret", roles=["emoServer"])
        yield f"{mongod.url.replace('//', f'//{CREDENTIALS}@')}/?authSource=emo"


def test_the_page_names_all_collections() -> None:
    """A new one must be in the role, or no server starts with it."""
    assert {*LISTS["trail"], *LISTS["others"]} == INDEXES.keys()


async def test_a_server_needs_no_more_than_that(guarded_url: str, tmp_path: Path) -> None:
    """All that it does works, and MongoDB refuses it to change or delete an entry."""
    settings: dict[str, Any] = {"mongodb_url": SecretStr(guarded_url), "mongodb_database": "emo"}
    async with open_vault(tmp_path / "data", **settings) as vault:
        root, ann = await vault.person("root", Role.ADMIN), await vault.person("ann")
        await ann.stored(b"letter")
        await ann.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=ann.metadata)
        await vault.deliver()
        await vault.parts.sweep()
        assert kinds(await all_events(root))[0] == "account_removed"
    with pymongo.MongoClient[Document](guarded_url) as client:
        entries = client.emo[ENTRIES]
        before = list(entries.find())
        for change in (
            lambda: entries.update_many({}, {"$set": {"kind": "login"}}), lambda: entries.delete_many({}),
            lambda: entries.find_one_and_replace({}, {}), entries.drop, lambda: entries.rename("gone"),
            lambda: entries.aggregate([{"$out": ENTRIES}]),
        ):  # fmt: skip
            with pytest.raises(OperationFailure, match="not authorized"):
                change()
        assert list(entries.find()) == before
