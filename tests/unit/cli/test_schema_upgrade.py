"""`emo admin migrate` on documents of an invented version 0, which called some things otherwise."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import Parameters
from argon2.low_level import Type

from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS, AssetUpcasters
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import CancelUpload, CreateAsset, StartUpload, UpgradeDocuments
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.bootstrap.assets import AssetsContext
from emo_grpc.bootstrap.contexts import Contexts, ContextUpcasters, open_contexts
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.cli.admin.storage.schema_upgrade import upgrade_all
from emo_grpc.cli.failures import Refusal
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.schema_versions import Raw
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.schema_upgrade import BATCH
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS as USER_UPCASTERS
from emo_grpc.users.adapters.documents.upcasters import USER_VERSION, UserUpcasters
from emo_grpc.users.domain.commands import RegisterUser, UpdateMe
from emo_grpc.users.domain.session_commands import LogIn
from stored import stored

CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"


def renamed(old: str, new: str, raw: Raw) -> Raw:
    return {new if name == old else name: value for name, value in raw.items()}


FROM_VERSION_0 = ContextUpcasters(
    UserUpcasters(
        users={0: lambda raw: renamed("nick", "public_name", raw), 1: dict},
        sessions={**USER_UPCASTERS.sessions, 0: lambda raw: renamed("device", "device_id", raw)},
    ),
    AssetUpcasters(
        assets={**UPCASTERS.assets, 0: lambda raw: renamed("about", "description", raw)},
        uploads={0: lambda raw: renamed("handle", "upload_handle", raw)},
    ),
)
OF_VERSION_0 = {
    "users": ("public_name", "nick"),
    "sessions": ("device_id", "device"),
    "assets": ("description", "about"),
    "uploads": ("upload_handle", "handle"),
}


@dataclass(frozen=True)
class Data:
    """A data folder with one document of each kind, in the hands of a release that knows version 0."""

    folder: Path
    contexts: Contexts
    ana: UserId
    asset_id: AssetId

    @property
    def users(self) -> UsersContext:
        return self.contexts.users

    @property
    def assets(self) -> AssetsContext:
        return self.contexts.assets

    async def documents(self, table: str) -> list[tuple[int, Raw]]:
        """(version, document) of each row, as they are stored."""
        with stored(self.folder) as connection:
            rows: list[tuple[int, str]] = connection.execute(f"SELECT version, document FROM {table}").fetchall()
        return [(version, json.loads(text)) for version, text in rows]

    async def store_as(self, table: str, schema_version: int) -> None:
        """Have a table's only document as that release writes it."""
        ((_, document),) = await self.documents(table)
        old = renamed(*OF_VERSION_0[table], document) if schema_version == 0 else document
        text = json.dumps({**old, "schema_version": schema_version})
        with stored(self.folder) as connection:
            connection.execute(f"UPDATE {table} SET document = ?", (text,))

    async def migrate(self, *, dry_run: bool = False) -> None:
        await upgrade_all(self.contexts, dry_run=dry_run)


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[Data]:
    settings = fill_secrets(Settings(_env_file=None, data_folder=tmp_path)).settings
    async with (
        open_engines(settings) as engines,
        open_contexts(engines, Argon2PasswordHasher(CHEAP), FROM_VERSION_0) as contexts,
    ):
        users, assets = contexts.users, contexts.assets
        ana = await users.bus.handle(RegisterUser(username="ana", email="ana@example.org", password=PASSWORD))
        await users.bus.handle(LogIn(identifier="ana", password=PASSWORD, device_id="phone"))
        asset_id = await assets.bus.handle(
            CreateAsset(owner_id=ana, description=Description(title="The lake", tags=("sea",)), file=File(name="a.jpg"))
        )
        await assets.bus.handle(StartUpload(owner_id=ana, asset_id=asset_id, offset=0))
        yield Data(tmp_path, contexts, ana, asset_id)


async def test_old_documents_become_current(data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    """What an earlier release stored is rewritten as today's, as the next version, and reads as it always did."""
    before = {table: await data.documents(table) for table in OF_VERSION_0}
    user, asset = await data.users.views.user(data.ana), await data.assets.views.asset(data.asset_id, data.ana)
    for table in OF_VERSION_0:
        await data.store_as(table, 0)
    await data.migrate(dry_run=True)
    await data.migrate()
    await data.migrate()
    assert capsys.readouterr().out.splitlines() == [
        "4 documents are to be brought up to date.",
        "4 documents were brought up to date.",
        "Everything is up to date.",
    ]
    for table, rows in before.items():
        assert await data.documents(table) == [(version + 1, document) for version, document in rows]
    assert await data.users.views.user(data.ana) == user
    migrated = await data.assets.views.asset(data.asset_id, data.ana)
    assert (migrated.description, migrated.update_time) == (asset.description, asset.update_time)
    assert migrated.etag != asset.etag


async def test_old_documents_can_be_used_before(data: Data) -> None:
    """A unit of work reads them, changes and removes them, whether or not anybody has migrated."""
    for table in OF_VERSION_0:
        await data.store_as(table, 0)
    await data.users.bus.handle(UpdateMe(user_id=data.ana, public_name="Ana M."))
    await data.assets.bus.handle(CancelUpload(owner_id=data.ana, asset_id=data.asset_id))
    await data.assets.bus.handle(PurgeAsset(data.ana, data.asset_id, force=True))
    assert [document["schema_version"] for _, document in await data.documents("users")] == [USER_VERSION]
    assert await data.documents("assets") == await data.documents("uploads") == []


async def test_what_was_not_counted_is_counted(data: Data) -> None:
    """A migration counts the metadata of assets that a release stored which did not, once however often it runs."""
    counted = (await data.assets.views.stats(data.ana)).usage
    await data.store_as("assets", 1)
    with stored(data.folder) as connection:
        connection.execute("DELETE FROM asset_metadata")
    assert (await data.assets.views.stats(data.ana)).usage == Usage()
    for _ in range(2):
        await data.migrate()
        assert (await data.assets.views.stats(data.ana)).usage == counted != Usage()


@pytest.mark.parametrize("table", OF_VERSION_0)
async def test_documents_of_a_later_release_are_left_alone(table: str, data: Data) -> None:
    """They are neither rewritten nor passed over in silence."""
    await data.store_as(table, 4)
    before = await data.documents(table)
    with pytest.raises(Refusal) as refused:
        await data.migrate()
    assert "schema version 4" in str(refused.value)
    assert await data.documents(table) == before


async def test_damaged_documents_keep_no_other_from_it(data: Data) -> None:
    """All others become current, however many are damaged, and at the end one of these is named."""
    for number in range(BATCH + 5):
        await data.assets.bus.handle(
            CreateAsset(owner_id=data.ana, description=Description(title=f"{number}"), file=File(name="a.jpg"))
        )
    with stored(data.folder) as connection:
        connection.execute("UPDATE assets SET document = json_set(document, '$.schema_version', 1)")
        connection.execute("UPDATE assets SET document = substr(document, 2) WHERE document NOT LIKE '%The lake%'")
    with pytest.raises(Refusal) as refused:
        await data.migrate()
    said = str(refused.value)
    assert "1 document was brought up to date before" in said
    assert "emo admin verify" in said
    assert (await data.assets.views.asset(data.asset_id, data.ana)).description.title == "The lake"
    assert await data.assets.views.outdated() == BATCH + 5


@pytest.mark.parametrize(("table", "key"), [("users", "user_id"), ("sessions", "session_id")])
async def test_a_damaged_account_keeps_no_asset_from_it(data: Data, table: str, key: str) -> None:
    """What is damaged is named at the end, and all others are current then, also of the other context."""
    await data.store_as("assets", 1)
    with stored(data.folder) as connection:
        connection.execute(f"UPDATE {table} SET document = substr(document, 2)")
        ((item_id,),) = connection.execute(f"SELECT {key} FROM {table}").fetchall()
    with pytest.raises(Refusal) as refused:
        await data.migrate()
    said = str(refused.value)
    assert f"one of {key} {item_id}" in said
    assert "1 document was brought up to date before" in said
    assert await data.assets.views.outdated() == 0


async def test_a_batch_has_a_hundred_documents(data: Data) -> None:
    """Each batch is a transaction of its own, so that an interrupted migration goes on where it was."""
    for number in range(BATCH):
        await data.assets.bus.handle(
            CreateAsset(owner_id=data.ana, description=Description(title=f"{number}"), file=File(name="a.jpg"))
        )
    with stored(data.folder) as connection:
        connection.execute(
            "UPDATE assets SET document = json_set(document, '$.schema_version', 0,"
            " '$.about', json_extract(document, '$.description'))"
        )
    assert await data.assets.bus.handle(UpgradeDocuments()) == BATCH
    assert await data.assets.views.outdated() == 1
    assert await data.assets.bus.handle(UpgradeDocuments()) == 1
