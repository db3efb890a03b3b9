"""`emo admin move`, between the engines of a folder and real shared ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import typer
from google.protobuf.field_mask_pb2 import FieldMask
from pydantic import SecretStr

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.assets.adapters.documents import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.adapters.s3_bucket import S3Location
from emo_grpc.assets.adapters.s3_parts import S3PartSink
from emo_grpc.assets.domain.commands import StartUpload
from emo_grpc.assets.domain.events import UploadDropped
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.folder_lock import locked_folder
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.bootstrap.mongo_engine import INDEXES
from emo_grpc.bootstrap.moving.journal import MoveJournal
from emo_grpc.bootstrap.moving.opening import move
from emo_grpc.bootstrap.moving.report import MoveRefused, MoveReport
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.cli.moving import move_all
from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.mongo import MongoDatabase
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.users.adapters.documents import UPCASTERS
from emo_grpc.users.domain.user import Role
from mongod import empty_database
from rpc.vault import MIB, PART, PASSWORD, SETTINGS, Person, Vault, chunks, open_vault, some_bytes, start
from s3_server import S3Server

DATABASE = "emo_moved"
TITLE, NAME = FieldMask(paths=["title"]), FieldMask(paths=["username"])
NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Watch:
    """Follows a move; cancels it at the `stop_at`th sign of progress."""

    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at = stop_at
        self.moving: asyncio.Task[MoveReport] | None = None
        self.total = 0
        self.done = 0.0

    def begin(self, total: int) -> None:
        self.total = total

    def advance(self, size: float) -> None:
        self.stop_at -= 1
        if self.stop_at == 0:
            assert self.moving is not None
            self.moving.cancel()
        self.done += size


@dataclass(frozen=True)
class Target:
    """The engines to move to, empty at first."""

    settings: dict[str, Any]
    s3: S3Server
    bucket: str

    async def move(self, folder: Path, watch: Watch | None = None) -> MoveReport:
        report, _ = await move(SETTINGS.model_copy(update={"data_folder": folder} | self.settings), watch or Watch())
        return report

    def objects(self) -> list[str]:
        found = self.s3.client().list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return [each["Key"] for each in found]

    def unfinished(self) -> list[str]:
        found = self.s3.client().list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())
        return [each["Key"] for each in found]

    async def forget_assets(self) -> None:
        """As if the move had broken off before any asset was saved."""
        database = MongoDatabase(self.settings["mongodb_url"].get_secret_value(), DATABASE)
        await database.open()
        await database.collection("assets").delete_many({})
        await database.collection("asset_usage").delete_many({})
        await database.close()

    @asynccontextmanager
    async def vault(self, folder: Path) -> AsyncIterator[Vault]:
        """A server there, with the secrets of the folder."""
        filled = fill_secrets(SETTINGS.model_copy(update={"data_folder": folder})).settings
        secrets = {name: getattr(filled, name) for name in ("jwt_secret_key", "data_key_encryption_key")}
        async with open_vault(folder.with_name("new"), **self.settings, **secrets) as opened:
            yield opened

    async def holds(self, folder: Path) -> bool:
        """Whether everything of the folder is there, and nothing else."""
        filled = fill_secrets(SETTINGS.model_copy(update={"data_folder": folder})).settings
        async with open_engines(filled) as here, open_engines(filled.model_copy(update=self.settings)) as there:
            return await everything(here.metadata) == await everything(there.metadata)


async def everything(metadata: Metadata) -> list[object]:
    async with metadata.users_units(UPCASTERS)() as unit:
        requests = await unit.idempotency.after(None, 100)
    uploads = await metadata.inventory.uploads(None, 100)
    return [
        await metadata.accounts.users(None, 100),
        await metadata.accounts.sessions(None, 100),
        await metadata.inventory.assets(None, 100),
        [replace(upload, upload_handle="") for upload in uploads],
        sorted(requests, key=repr),
        await metadata.outbox.rows(None, 100),
    ]


@pytest.fixture
async def target(mongod_url: str, s3: S3Server, s3_location: S3Location) -> Target:
    async with empty_database(mongod_url, DATABASE, INDEXES):
        pass
    return Target(
        {
            "mongodb_url": SecretStr(mongod_url),
            "mongodb_database": DATABASE,
            "asset_s3_bucket": s3_location.bucket,
            "asset_s3_url": s3_location.url,
            "asset_s3_region": s3_location.region,
            "asset_s3_access": s3_location.access_key,
            "asset_s3_secret": SecretStr(s3_location.secret_key or ""),
        },
        s3,
        s3_location.bucket,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def again(vault: Vault, person: Person) -> Person:
    """Somebody who was logged in before, with the tokens of then."""
    return Person(person.user_id, person.tokens, vault.channel(), vault.upload_channel())


async def share(vault: Vault, asset_id: str, *owners: Person) -> None:
    """Give an asset several owners, which no RPC does yet."""
    async with vault.parts.engines.metadata.assets_units(ASSET_UPCASTERS)() as unit:
        asset = await unit.assets.get(AssetId.parse(asset_id, "asset_id"))
        assert asset is not None
        asset.owner_ids = tuple(UserId.parse(owner.user_id, "user_id") for owner in owners)
        await unit.assets.save(asset)
        await unit.commit()


def dead_letter() -> OutboxRow:
    dropped = UploadDropped(asset_id=AssetId.new(), blob_key=BlobKey.new(), upload_handle="gone")
    return OutboxRow(uuid4(), "drop_blob_of_upload", dropped, NOW, attempts=9, error="broken", is_dead=True)


async def interrupted(target: Target, folder: Path, at: int) -> bool:
    """Begin to move, and cancel it at some sign of progress, as Ctrl-C does; gives whether it came to that."""
    watch = Watch(at)
    moving = watch.moving = asyncio.create_task(target.move(folder, watch))
    await asyncio.wait([moving])
    return moving.cancelled()


async def test_everything_comes_along(target: Target, folder: Path) -> None:
    """Logins go on and passwords hold, files are byte-identical, and an upload goes on where it was."""
    data, half = some_bytes(PART + 5), some_bytes(PART + 3 * MIB)
    async with open_vault(folder) as old:
        alice, bob = await old.person("alice"), await old.person("bob", Role.ADMIN)
        ready, empty, shared = await alice.stored(data), await alice.stored(b""), await bob.stored(b"ours")
        pending, paused = await bob.create(5), await bob.paused(half[:-9], len(half))
        await share(old, shared, alice, bob)
        unsized = await bob.paused(half)
        request = pb.CreateAssetRequest(asset=pb.Asset(title="x", file=pb.File(name="x")), request_id=str(uuid4()))
        made = (await alice.call("CreateAsset", request)).asset_id
        await old.parts.engines.outbox.take_in(dead_letter())
        shown = [await alice.asset(asset_id) for asset_id in (ready, empty, shared, made)]
        before = [await bob.status(asset_id) for asset_id in (paused, unsized)]
        stats = [await person.call("GetAssetStats") for person in (alice, bob)]
    watch = Watch()
    report = await target.move(folder, watch)
    assert watch.done == watch.total == report.moved_bytes == len(data) + len(b"ours") + 2 * PART
    assert {name: tally.moved for name, tally in report.tallies.items()} == {
        "accounts": 2, "sessions": 2, "assets": 7, "unfinished uploads": 2, "remembered requests": 1,
        "undelivered events": 1,
    }  # fmt: skip
    assert await target.holds(folder)
    async with target.vault(folder) as new:
        alice, bob = await again(new, alice), await again(new, bob)
        assert [await alice.asset(asset_id) for asset_id in (ready, empty, shared, made)] == shown
        assert [await alice.download(asset_id) for asset_id in (ready, empty, shared)] == [data, b"", b"ours"]
        assert await bob.download(shared) == b"ours"
        assert (await alice.call("CreateAsset", request)).asset_id == made
        assert (await bob.asset(pending)).state == pb.ASSET_STATE_PENDING
        assert [await bob.status(asset_id) for asset_id in (paused, unsized)] == before
        assert [await person.call("GetAssetStats") for person in (alice, bob)] == stats
        assert (await bob.upload(paused, half[PART:], PART)).complete
        assert await bob.download(paused) == half
        refreshed = await alice.users.RefreshTokens(
            users_pb2.RefreshTokensRequest(refresh_token=alice.tokens.refresh_token)
        )
        assert refreshed.tokens.access_token
        assert (await new.logged_in("alice", alice.user_id)).tokens.user_id == alice.user_id
    assert len(target.unfinished()) == 1


async def test_a_sealed_upload_is_completed_there(target: Target, folder: Path) -> None:
    """An upload whose last part was stored, and that was never completed, needs no more than its finish."""
    data = some_bytes(PART + 5)
    async with open_vault(folder) as old:
        bob = await old.person("bob")
        asset_id = await bob.paused(data, len(data))
        await old.parts.assets.bus.handle(
            StartUpload(UserId.parse(bob.user_id, "user_id"), AssetId.parse(asset_id, "asset_id"), 0)
        )
        before = await bob.status(asset_id)
    await target.move(folder)
    async with target.vault(folder) as new:
        bob = await again(new, bob)
        assert (await bob.status(asset_id)).persisted_size == before.persisted_size
        assert (await bob.upload(asset_id, data[before.persisted_size :], before.persisted_size)).complete
        assert await bob.download(asset_id) == data


async def test_goes_on_wherever_it_broke_off(target: Target, folder: Path) -> None:
    """Cancelled at each step in turn, it is whole in the end, and no unfinished upload is left in the bucket."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        for number in range(4):
            await alice.stored(some_bytes(number * MIB))
        await alice.paused(some_bytes(PART + 1), 2 * PART)
    at = 1
    while await interrupted(target, folder, at):
        at += 1
    assert at > 3
    assert await target.holds(folder)
    assert len(target.unfinished()) == 1
    report = await target.move(folder)
    assert report.moved_bytes == 0
    assert {tally.moved for tally in report.tallies.values()} == {0}
    assert report.tallies["assets"].there == 5


async def test_follows_what_happened_in_between(target: Target, folder: Path) -> None:
    """What the old server changed, added, completed and deleted after an interrupted move is so there in the end."""
    data = some_bytes(PART + 7)
    async with open_vault(folder) as old:
        alice, bob, carol = [await old.person(name) for name in ("alice", "bob", "carol")]
        request = pb.CreateAssetRequest(asset=pb.Asset(title="x", file=pb.File(name="x")), request_id=str(uuid4()))
        await carol.call("CreateAsset", request)
        changed, deleted = await alice.stored(b"changed"), await alice.stored(b"deleted")
        completed, cancelled = await alice.paused(data[:-1], len(data)), await alice.paused(data, 2 * PART)
        advanced = await alice.paused(data, 3 * PART)
    await target.move(folder)
    async with open_vault(folder) as old:
        alice, bob, carol = [await again(old, person) for person in (alice, bob, carol)]
        change = pb.UpdateAssetRequest(asset=pb.Asset(asset_id=changed, title="Other"), update_mask=TITLE)
        await alice.call("UpdateAsset", change)
        await alice.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=deleted))
        await alice.call("CancelUpload", pb.CancelUploadRequest(asset_id=cancelled))
        await alice.upload(completed, data[PART:], PART)
        await alice.send([start(advanced, PART), *chunks(some_bytes(PART))])
        await alice.stored(b"new")
        await alice.users.UpdateMe(
            users_pb2.UpdateMeRequest(user=users_pb2.User(username="bob_s_friend"), update_mask=NAME),
            metadata=alice.metadata,
        )
        await bob.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=bob.metadata)
        await carol.users.UpdateMe(
            users_pb2.UpdateMeRequest(user=users_pb2.User(username="alice"), update_mask=NAME), metadata=carol.metadata
        )
        await carol.users.Logout(users_pb2.LogoutRequest(refresh_token=carol.tokens.refresh_token))
        await old.deliver()
    report = await target.move(folder)
    assert {name: tally.removed for name, tally in report.tallies.items() if tally.removed} == {
        "accounts": 1, "sessions": 2, "assets": 1, "unfinished uploads": 2,
    }  # fmt: skip
    async with target.vault(folder) as new:
        await new.deliver()
        alice = await again(new, alice)
        assert (await alice.asset(changed)).title == "Other"
        assert [await alice.download(each) for each in (changed, completed)] == [b"changed", data]
        assert (await alice.status(advanced)).persisted_size == 2 * PART
    assert await target.holds(folder)
    assert len(target.objects()) == 3
    assert len(target.unfinished()) == 1


async def test_leftovers_are_cleared_away(target: Target, folder: Path) -> None:
    """A file that came without its asset stays if the asset is still here, and goes if that was deleted since."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        deleted, kept = await alice.stored(b"deleted"), await alice.stored(b"kept")
    await target.move(folder)
    async with open_vault(folder) as old:
        await (await again(old, alice)).call("DeleteAsset", pb.DeleteAssetRequest(asset_id=deleted))
        await old.deliver()
    await target.forget_assets()
    report = await target.move(folder)
    assert (report.tallies["assets"].moved, report.moved_bytes) == (1, len(b"kept"))
    assert len(target.objects()) == 1
    async with target.vault(folder) as new:
        assert await (await again(new, alice)).download(kept) == b"kept"


async def test_what_arrives_damaged_is_not_moved(target: Target, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read back; when it is whole here and not there, the move ends, and leaves nothing of it there."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    write = S3PartSink.write
    with monkeypatch.context() as patched:
        patched.setattr(S3PartSink, "write", lambda sink, data: write(sink, memoryview(bytes(data[:-1]) + b"?")))
        with pytest.raises(Unavailable, match="other bytes than it was given"):
            await target.move(folder)
    assert target.objects() == target.unfinished() == []
    await target.move(folder)
    assert await target.holds(folder)


async def test_a_damaged_file_is_told_and_left_out(target: Target, folder: Path) -> None:
    """It is named, all others are moved, and once it is mended the same move brings it."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        whole, broken = await alice.stored(b"whole"), await alice.stored(some_bytes(PART + 5))
        path = old.blob_parts()[-1]
    stored = path.read_bytes()
    path.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    report = await target.move(folder)
    assert [(str(found.asset_id), found.sentence) for found in report.not_moved] == [
        (broken, "its file is not what it was: part 2 is damaged")
    ]
    assert report.tallies["assets"].moved == 1
    assert len(target.objects()) == 1
    path.write_bytes(stored)
    assert (await target.move(folder)).not_moved == []
    assert await target.holds(folder)
    async with target.vault(folder) as new:
        assert await (await again(new, alice)).download(whole) == b"whole"


async def test_says_what_is_wrong(target: Target, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged file is named and makes exit code 9, a target of others exit code 5, each in one sentence."""
    async with open_vault(folder) as old:
        broken = await (await old.person("alice")).stored(b"broken")
        (path,) = old.blob_parts()
    path.unlink()
    settings = SETTINGS.model_copy(update={"data_folder": folder} | target.settings)
    with pytest.raises(typer.Exit) as failed:
        await move_all(settings)
    assert failed.value.exit_code == 9
    shown = capsys.readouterr()
    assert f"emo: asset {broken} is not moved: its file is not what it was: part 1 is missing\n" in shown.err
    assert "emo: 1 assets or uploads are not moved, all others are." in shown.err
    assert "accounts\t1\t0\t0\n" in shown.out
    with pytest.raises(typer.Exit) as failed:
        await move_all(settings.model_copy(update={"data_folder": await another(folder)}))
    assert failed.value.exit_code == 5
    assert capsys.readouterr().err.startswith("emo: the target holds 1 accounts and 1 sessions that did not come from")


async def another(folder: Path) -> Path:
    """A data folder of somebody else."""
    others = folder.with_name("others")
    async with open_vault(others):
        return others


async def test_a_damaged_upload_is_told_and_left_out(target: Target, folder: Path) -> None:
    """What was persisted is proven before it goes on elsewhere."""
    async with open_vault(folder) as old:
        paused = await (await old.person("alice")).paused(some_bytes(PART + 1), 2 * PART)
        (path,) = (each for each in old.stored_files() if each.name.startswith("1-"))
    stored = path.read_bytes()
    path.write_bytes(stored[:99] + bytes([stored[99] ^ 1]) + stored[100:])
    report = await target.move(folder)
    assert [str(found.asset_id) for found in report.not_moved] == [paused]
    assert target.unfinished() == []


async def test_moves_from_a_whole_folder_alone(target: Target, folder: Path) -> None:
    """Never beside a server, nor from a folder without its database or its files."""
    async with open_vault(folder):
        pass
    with locked_folder(folder), pytest.raises(CannotStart, match="another server runs"):
        await target.move(folder)
    with pytest.raises(CannotStart, match="no database"):
        await target.move(folder.with_name("nowhere"))
    async with open_vault(folder) as old:
        await (await old.person("alice")).create()
    (folder / "files").rename(folder / "elsewhere")
    with pytest.raises(CannotStart, match="files of the assets are not in"):
        await target.move(folder)
    assert target.objects() == []


async def test_a_line_that_was_cut_short_is_no_id(tmp_path: Path) -> None:
    """What a crash left of the journal's last line is passed over, and spoils no line that follows."""
    journal = MoveJournal(tmp_path)
    first, second = uuid4(), uuid4()
    assert not journal.knows(first)
    journal.note([first])
    journal.write()
    path = tmp_path / "moved-ids"
    path.write_text(path.read_text() + str(uuid4())[:9])
    journal.note([second])
    journal.write()
    assert [MoveJournal(tmp_path).knows(each) for each in (first, second, uuid4())] == [True, True, False]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_other_peoples_engines_are_refused(target: Target, folder: Path) -> None:
    """A target with accounts or files that did not come from this folder is left as it is."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    async with open_vault(folder.with_name("others")) as others:
        await (await others.person("carol")).stored(b"theirs")
    await target.move(folder.with_name("others"))
    with pytest.raises(MoveRefused, match="1 accounts and 1 sessions and 1 assets and 1 files in the bucket"):
        await target.move(folder)
    assert await target.holds(folder.with_name("others"))


async def test_a_target_in_use_is_refused(target: Target, folder: Path) -> None:
    """What somebody has changed there since is not undone."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        asset_id = await alice.stored(b"mine")
    await target.move(folder)
    async with target.vault(folder) as new:
        change = pb.UpdateAssetRequest(asset=pb.Asset(asset_id=asset_id, title="New"), update_mask=TITLE)
        await (await again(new, alice)).call("UpdateAsset", change)
    with pytest.raises(MoveRefused, match="1 assets that were changed there"):
        await target.move(folder)
