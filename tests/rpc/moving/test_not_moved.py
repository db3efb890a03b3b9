"""What `emo admin move` leaves out, and where it does not move to."""

from pathlib import Path
from uuid import uuid4

import pytest
import typer

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.s3.part_sink import S3PartSink
from emo_grpc.assets.service_layer.integrity.file_check import Damage, Problem
from emo_grpc.assets.service_layer.ports import Put
from emo_grpc.cli.admin.storage.mover import move_all
from emo_grpc.cli.failures import Refusal
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.migration.journal import MigrationJournal
from emo_grpc.migration.report import MigrationRefused
from emo_grpc.settings import CannotStart
from emo_grpc.shared.domain.errors import Unavailable
from rpc.moving.target import TITLE, Target, again
from rpc.vault import PART, SETTINGS, open_vault, some_bytes
from stored import stored


async def test_what_arrives_damaged_is_not_moved(target: Target, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read back; when it is whole here and not there, the move ends, and leaves nothing of it there."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    write = S3PartSink.write

    def write_damaged(sink: S3PartSink, size: int, put: Put) -> None:
        def put_damaged(memory: memoryview) -> None:
            put(memory)
            memory[-1] ^= 1

        write(sink, size, put_damaged)

    with monkeypatch.context() as patched:
        patched.setattr(S3PartSink, "write", write_damaged)
        with pytest.raises(Unavailable, match="other bytes than it was given"):
            await target.move(folder)
    assert target.objects() == target.unfinished() == []
    await target.move(folder)
    assert await target.holds(folder)


async def test_a_damaged_record_is_told_and_left_out(target: Target, folder: Path) -> None:
    """All others are moved, and what was moved before the damage stays as it came."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        await alice.stored(b"moved")
    await target.move(folder)
    async with open_vault(folder) as old:
        alice = await old.logged_in("alice", alice.user_id)
        broken, whole = await alice.stored(b"broken"), await alice.stored(b"whole")
    with stored(folder) as connection:
        connection.execute(
            "UPDATE assets SET document = substr(document, 2) WHERE document NOT LIKE ?", (f"%{whole}%",)
        )
    report = await target.move(folder)
    assert [(str(found.item_id), found.sentence) for found in report.not_migrated] == [
        (broken, "what is known of it was damaged in the database")
    ]
    assert len(target.objects()) == 2


async def test_a_damaged_account_is_told_and_left_out(target: Target, folder: Path) -> None:
    """With its sessions, and so is a damaged session; all others are moved."""
    async with open_vault(folder) as old:
        alice, bob, carol = [await old.person(name) for name in ("alice", "bob", "carol")]
    with stored(folder) as connection:
        connection.execute("UPDATE users SET document = substr(document, 2) WHERE user_id = ?", (alice.user_id,))
        connection.execute("UPDATE sessions SET document = substr(document, 2) WHERE user_id = ?", (bob.user_id,))
        (of_alice,), (of_bob,) = (
            connection.execute("SELECT session_id FROM sessions WHERE user_id = ?", (each.user_id,)).fetchone()
            for each in (alice, bob)
        )
    report = await target.move(folder)
    damaged = "what is known of it was damaged in the database"
    assert {(found.noun, str(found.item_id), found.sentence) for found in report.not_migrated} == {
        ("account", alice.user_id, damaged),
        ("session", of_alice, "its account is not moved"),
        ("session", of_bob, damaged),
    }
    assert (report.tallies["accounts"].migrated, report.tallies["sessions"].migrated) == (2, 1)
    async with target.vault(folder) as new:
        assert await (await again(new, carol)).call("ListAssets")


async def test_a_damaged_file_is_told_and_left_out(target: Target, folder: Path) -> None:
    """All that is wrong with it is named, all others are moved, and once it is mended the same move brings it."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        whole, broken = await alice.stored(b"whole"), await alice.stored(some_bytes(PART + 5))
        paths = sorted(old.blob_parts()[-1].parent.iterdir())
    before = [path.read_bytes() for path in paths]
    paths[0].write_bytes(before[0][:-1] + bytes([before[0][-1] ^ 1]))
    paths[1].write_bytes(before[1][:-1])
    report = await target.move(folder)
    assert [(str(found.item_id), found.damages) for found in report.not_migrated] == [
        (broken, (Damage(1, Problem.DAMAGED), Damage(2, Problem.DAMAGED)))
    ]
    assert report.tallies["assets"].migrated == 1
    assert len(target.objects()) == 1
    for path, content in zip(paths, before, strict=True):
        path.write_bytes(content)
    assert (await target.move(folder)).not_migrated == []
    assert await target.holds(folder)
    async with target.vault(folder) as new:
        assert await (await again(new, alice)).download(whole) == b"whole"


async def test_says_what_is_wrong(target: Target, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged file is named and makes exit code 9, a target of others exit code 5, each in one sentence.

    Of what there is none, this is said too.
    """
    async with open_vault(folder) as old:
        broken = await (await old.person("alice")).stored(b"broken")
        (path,) = old.blob_parts()
    path.unlink()
    settings = SETTINGS.model_copy(update={"data_folder": folder} | target.settings)
    with pytest.raises(typer.Exit) as failed:
        await move_all(settings)
    assert failed.value.exit_code == 9
    shown = capsys.readouterr()
    assert f"emo: asset {broken} is not moved: its file is not what it was: part 1 missing\n" in shown.err
    assert "emo: 1 thing is not moved, all others are." in shown.err
    assert "accounts\t1\t0\t0\n" in shown.out
    assert "undelivered events\t0\t0\t0\n" in shown.out
    with pytest.raises(Refusal, match=r"^the target holds 1 accounts and 1 sessions that did not come from") as refused:
        await move_all(settings.model_copy(update={"data_folder": await another(folder)}))
    assert refused.value.exit_code == 5


async def test_says_whether_it_has_begun(target: Target, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is away before anything was done may have another address; later the same command goes on."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    settings = SETTINGS.model_copy(update={"data_folder": folder} | target.settings)
    nowhere = settings.model_copy(update={"asset_s3_url": "http://127.0.0.1:1"})
    with pytest.raises(Refusal, match=r"nothing was moved: is it running, and is the address right\?$") as refused:
        await move_all(nowhere)
    assert refused.value.exit_code == 8
    monkeypatch.setattr(S3PartSink, "commit", away)
    with pytest.raises(Refusal, match=r"^away; run the same command again to go on$"):
        await move_all(settings)


def away(sink: S3PartSink) -> str:
    """What a file store that went away does."""
    del sink
    raise Unavailable("away")


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
    before = path.read_bytes()
    path.write_bytes(before[:99] + bytes([before[99] ^ 1]) + before[100:])
    report = await target.move(folder)
    assert [str(found.item_id) for found in report.not_migrated] == [paused]
    assert target.unfinished() == []


async def test_moves_from_a_whole_folder_alone(target: Target, folder: Path) -> None:
    """Never beside a server, nor from a folder without its database or its files."""
    async with open_vault(folder):
        pass
    with locked_folder(folder), pytest.raises(CannotStart, match=r"another server runs on .*: stop it first$"):
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
    journal = MigrationJournal(tmp_path)
    first, second = uuid4(), uuid4()
    assert not journal.knows(first)
    journal.note([first])
    journal.write()
    path = tmp_path / "moved-ids"
    path.write_text(path.read_text() + str(uuid4())[:9])
    journal.note([second])
    journal.write()
    assert [MigrationJournal(tmp_path).knows(each) for each in (first, second, uuid4())] == [True, True, False]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_other_peoples_engines_are_refused(target: Target, folder: Path) -> None:
    """A target with accounts or files that did not come from this folder is left as it is."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    async with open_vault(folder.with_name("others")) as others:
        await (await others.person("carol")).stored(b"theirs")
    await target.move(folder.with_name("others"))
    with pytest.raises(MigrationRefused, match="1 accounts and 1 sessions and 1 assets and 1 files in the bucket"):
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
    with pytest.raises(MigrationRefused, match="1 assets that were changed there"):
        await target.move(folder)


async def test_another_bucket_is_refused(target: Target, folder: Path) -> None:
    """What is in the database already has its bytes in the bucket, or nothing is brought there."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        await alice.stored(b"mine")
        await alice.paused(some_bytes(PART + 1), 2 * PART)
    await target.move(folder)
    other = target.with_bucket(target.s3.new_bucket().bucket)
    with pytest.raises(
        MigrationRefused, match="1 assets and 1 unfinished uploads already whose bytes are not in the bucke"
    ):
        await other.move(folder)
    assert target.s3.client().list_objects_v2(Bucket=other.bucket)["KeyCount"] == 0
    report = await target.move(folder)
    assert report.tallies["assets"].present == 2


async def test_a_file_of_another_size_is_refused(target: Target, folder: Path) -> None:
    """To be there is not enough for a file."""
    async with open_vault(folder) as old:
        await (await old.person("alice")).stored(b"mine")
    await target.move(folder)
    target.s3.client().put_object(Bucket=target.bucket, Key=target.objects()[0], Body=b"short")
    with pytest.raises(MigrationRefused, match="1 assets already whose bytes are not in the bucket"):
        await target.move(folder)


async def test_a_bucket_of_another_database_is_refused(target: Target, folder: Path) -> None:
    """Its uploads, which the second database does not know, are left to the first one."""
    data = some_bytes(PART + 1)
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        paused = await alice.paused(data[:-1], len(data))
    await target.move(folder)
    with pytest.raises(MigrationRefused, match="the file store belongs to the database"):
        await target.with_database("emo_moved_again").move(folder)
    async with target.vault(folder) as new:
        alice = await again(new, alice)
        assert (await alice.upload(paused, data[PART:], PART)).complete
        assert await alice.download(paused) == data
