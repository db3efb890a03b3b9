"""What is in a backup of a real server, and what is not."""

import base64
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.service_layer.inventory import all_assets
from emo_grpc.backup import taking
from emo_grpc.backup.database_copy import copy_metadata, open_copy
from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import DATABASE, MANIFEST
from emo_grpc.backup.opening import manifest_of
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.migration.report import NotMigrated
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditKind, Origin
from emo_grpc.shared.service_layer.audit.origin import AuditedCall, coming_from
from emo_grpc.shared.service_layer.clock import utc_now
from rpc.backups.conftest import KEYS, MakeSite
from rpc.backups.rig import Site, Watch, cancelled_at, files_below
from rpc.moving.target import again
from rpc.vault import PART, some_bytes
from s3_server import S3Server

Place = Callable[[str, Site], str]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def flip(path: Path, place: int) -> None:
    """Change one bit of a byte."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


async def test_only_what_is_new_is_copied(old: Site, place: Place) -> None:
    """The second backup has what the first has, and its files are the same ones."""
    name = place("folder", old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        await alice.stored(b"first")
        _, before = await old.back_up(name)
        pool = {path: path.stat().st_ino for path in files_below(Path(name) / "pool")}
        await alice.stored(b"second")
        manifest, after = await old.back_up(name)
    assert (before.copied, before.present, after.copied, after.present) == (1, 0, 1, 1)
    assert manifest.file_count == 2
    assert {path: path.stat().st_ino for path in pool} == pool


async def test_a_file_that_decayed_in_the_pool_is_copied_again(old: Site, place: Place) -> None:
    """One that has not its size any more is replaced while the server still has it."""
    name = place("folder", old)
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(b"hers")
        await old.back_up(name)
        (part,) = (path for path in files_below(Path(name) / "pool") if path.name == "1")
        part.write_bytes(part.read_bytes()[:-1])
        assert (await old.back_up(name))[1].copied == 1
    assert await old.broken(name) == []


@pytest.mark.parametrize("source", ["embedded", "shared"])
async def test_what_is_deleted_meanwhile_is_deleted_in_it(
    source: str, make_site: MakeSite, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that goes after the database was copied fails nothing; its asset and wrapped key are not in the backup."""
    old = await make_site("old", source)
    name = place("folder", old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        gone, kept = await alice.stored(b"gone"), await alice.stored(b"kept")

        async def copy_then_delete(engines: Engines, target: Path) -> list[NotMigrated]:
            left_out = await copy_metadata(engines, target)
            await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=gone, force=True))
            await vault.deliver()
            return left_out

        monkeypatch.setattr(taking, "copy_metadata", copy_then_delete)
        manifest, report = await old.back_up(name)
    assert (report.deleted, report.copied, report.left_out, manifest.file_count) == (1, 1, [], 1)
    assert await old.broken(name) == []
    assert await assets_in(old, name) == [kept]


async def assets_in(site: Site, name: str) -> list[str]:
    async with site.place(name) as place:
        manifest = await manifest_of(place, None)
        copied = site.folder.parent / "copied.sqlite3"
        await place.fetch(manifest.backup_id, DATABASE, copied)
    async with open_copy(copied, utc_now) as copy:
        return [str(asset.asset_id) async for asset in all_assets(copy.metadata.inventory) if isinstance(asset, Asset)]


async def test_a_damaged_file_is_named(old: Site, place: Place) -> None:
    """It is left out, everything else is in the backup, and its proof does not pass."""
    name = place("folder", old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        lost = await alice.stored(b"lost")
        (part,) = vault.blob_parts()
        part.unlink()
        await alice.stored(b"kept")
        manifest, report = await old.back_up(name)
    assert [str(found.item_id) for found in report.left_out] == [lost]
    assert (manifest.left_out, manifest.file_count, report.copied) == (1, 1, 1)
    assert [str(broken.asset_id) for broken in await old.broken(name)] == [lost]


async def test_nobody_else_can_read_it(old: Site, place: Place) -> None:
    """Whatever the umask says, files are 0600 and folders 0700."""
    name = place("folder", old)
    with umask(0):
        async with old.vault() as vault:
            await (await vault.person("alice")).stored(some_bytes(PART + 5))
            await old.back_up(name, with_keys=True)
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [Path(name), *Path(name).rglob("*")]}
    assert modes == {(True, 0o700), (False, 0o600)}


async def test_the_keys_are_in_it_only_if_asked_for(old: Site, place: Place, new: Site) -> None:
    """Then a server with no keys of its own is restored with them; otherwise it is refused."""
    name = place("folder", old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        asset_id = await alice.stored(b"hers")
        await old.back_up(name)
    kek = KEYS["data_key_encryption_key"].get_secret_value()
    secrets = [kek.encode(), base64.b64decode(kek), KEYS["jwt_secret_key"].get_secret_value().encode()]
    assert not [path for path in files_below(Path(name)) if any(secret in path.read_bytes() for secret in secrets)]
    new.engines.clear()
    with pytest.raises(BackupRefused, match="the keys are not in the backup"):
        await new.restore(name)
    assert not new.folder.exists()
    await old.back_up(name, with_keys=True)
    await new.restore(name)
    async with new.vault() as vault:
        assert await (await again(vault, alice)).download(asset_id) == b"hers"


async def test_a_flipped_bit_is_found(old: Site, place: Place) -> None:
    """In whatever file of the backup it is, at the beginning, in the middle and at the end."""
    name = place("folder", old)
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(some_bytes(1000))
        await old.back_up(name, with_keys=True)
    checked = [path for path in files_below(Path(name)) if path.stat().st_size]
    assert {path.name for path in checked} == {MANIFEST, DATABASE, "files.txt", "keys.env", "1"}
    for path in checked:
        for at in (0, path.stat().st_size // 2, path.stat().st_size - 1):
            flip(path, at)
            try:
                found = bool(await old.broken(name))
            except (BackupDamaged, BackupRefused):
                found = True
            assert found, (path, at)
            flip(path, at)
    assert await old.broken(name) == []


async def test_every_byte_of_a_manifest_counts(old: Site, place: Place) -> None:
    """None can be changed, and none be left out."""
    name = place("folder", old)
    async with old.vault():
        manifest, _ = await old.back_up(name)
    text = manifest.to_bytes()
    for at in range(len(text)):
        for changed in (text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :], text[:at] + text[at + 1 :]):
            with pytest.raises((BackupDamaged, BackupRefused)):
                type(manifest).from_bytes(changed)
    assert type(manifest).from_bytes(text) == manifest


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_an_interrupted_backup_is_none(kind: str, old: Site, place: Place) -> None:
    """Nothing of it is listed, and the next one copies only what it had not yet."""
    name = place(kind, old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        for number in range(6):
            await alice.stored(some_bytes(100_000 + number))
        assert await cancelled_at(
            lambda watch: old.back_up(name, watch=watch), 5
        )  # when the fifth begins, one of four has ended
        async with old.place(name, changes=True) as opened:
            assert await opened.backup_ids() == []
        _, report = await old.back_up(name)
    assert report.present > 0
    assert report.copied + report.present == 6
    assert await old.broken(name) == []


async def test_what_has_no_manifest_is_none(
    old: Site, place: Place, s3: S3Server, buckets: dict[str, S3Location]
) -> None:
    """In a bucket a backup that was broken off leaves its other objects behind, for a day."""
    name, bucket = place("s3", old), buckets["backup"].bucket
    async with old.vault():
        manifest, _ = await old.back_up(name)
        key = f"emo/nightly/backups/{manifest.backup_id}/{MANIFEST}"
        s3.client().delete_object(Bucket=bucket, Key=key)
        async with old.place(name) as opened:
            assert await opened.backup_ids() == []
        whole, _ = await old.back_up(name)
    s3.client().create_multipart_upload(Bucket=bucket, Key=f"emo/nightly/backups/{manifest.backup_id}/emo.sqlite3")
    await old.prune(name, 9, utc_now())
    assert {manifest.backup_id, whole.backup_id} == backups_in(s3, bucket)
    await old.prune(name, 9, utc_now() + timedelta(days=2))
    assert {whole.backup_id} == backups_in(s3, bucket)
    assert s3.client().list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    assert await old.broken(name) == []


def backups_in(s3: S3Server, bucket: str) -> set[str]:
    """Those of which there are objects."""
    found = s3.client().list_objects_v2(Bucket=bucket, Prefix="emo/nightly/backups/").get("Contents", ())
    return {each["Key"].split("/")[3] for each in found}


async def test_the_copy_leaves_no_trace_of_the_command(old: Site, place: Place) -> None:
    """What is changed in it, here for an upload that is under way, is not what the operator's entry is stored with."""
    name = place("folder", old)
    call = AuditedCall(AuditKind.ADMIN_CALL, Origin(Actor(ActorKind.OPERATOR)), lambda: None)
    async with old.vault() as vault:
        await (await vault.person("alice")).paused(some_bytes(PART))
        with coming_from(call.origin, call):
            await old.back_up(name)
    assert not call.is_recorded


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_old_backups_go_with_what_only_they_had(kind: str, old: Site, place: Place) -> None:
    """Those that are kept stay whole, and what came within a day stays for who may be at work."""
    name = place(kind, old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        gone = await alice.stored(b"gone")
        first, _ = await old.back_up(name)
        await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=gone, force=True))
        await vault.deliver()
        await alice.stored(b"kept")
        second, _ = await old.back_up(name)
    assert await old.prune(name, 2, utc_now()) == 0
    assert await old.prune(name, 1, utc_now()) == 1
    assert len(await pool_of(old, name)) == 2
    assert await old.prune(name, 1, utc_now() + timedelta(days=2)) == 0
    assert len(await pool_of(old, name)) == 1
    async with old.place(name) as opened:
        assert await opened.backup_ids() == [second.backup_id]
    assert first.backup_id < second.backup_id
    assert await old.broken(name) == []


async def pool_of(site: Site, name: str) -> list[str]:
    async with site.place(name) as place:
        return [str(blob.key) async for blob in place.blobs.list_complete()]


@pytest.mark.parametrize("source", ["embedded", "shared"])
async def test_the_latest_proven_backup_is_remembered(source: str, make_site: MakeSite, place: Place) -> None:
    """Neither one that was only made, nor an older one that is proven later."""
    site = await make_site("old", source)
    name = place("folder", site)
    async with site.vault() as vault:
        known = vault.parts.engines.metadata.verified_backups
        first, _ = await site.back_up(name)
        assert await known.latest() is None
        await site.broken(name)
        noted = await known.latest()
        assert noted is not None
        assert (noted.backup_id, noted.create_time) == (first.backup_id, first.create_time)
        assert noted.verify_time > noted.create_time
        second, _ = await site.back_up(name)
        await site.broken(name)
        await site.broken(name, first.backup_id)
        noted = await known.latest()
        assert noted is not None
        assert noted.backup_id == second.backup_id


async def test_the_proof_of_another_servers_backup_is_not_remembered(old: Site, new: Site, place: Place) -> None:
    """It would hide that a server has no proven backup of its own."""
    name = place("folder", old)
    async with old.vault():
        await old.back_up(name)
    async with new.vault() as vault:
        assert await new.broken(name) == []
        assert await vault.parts.engines.metadata.verified_backups.latest() is None


async def test_places_that_are_refused(old: Site, new: Site, place: Place, tmp_path: Path) -> None:
    """Another server's, one with something else in it, the data folder, and one where somebody is at work."""
    name = place("folder", old)
    async with new.vault():
        pass
    async with old.vault():
        await old.back_up(name)
        with pytest.raises(BackupRefused, match="those of another server"):
            await new.back_up(name)
        with pytest.raises(BackupRefused, match="is in DATA_FOLDER"):
            await old.back_up(str(old.folder / "backup"))
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "lake.jpg").touch()
        with pytest.raises(BackupRefused, match="holds something else"):
            await old.back_up(str(tmp_path / "photos"))
        async with old.place(name):
            with pytest.raises(BackupRefused, match="another command is at work"):
                await old.back_up(name)
            async with old.place(name):
                pass
    with pytest.raises(BackupRefused, match="there are no backups in"):
        async with old.place(str(tmp_path / "nowhere")):
            pass
    assert not (tmp_path / "nowhere").exists()


async def test_a_backup_beside_the_files_is_refused(make_site: MakeSite) -> None:
    """Not even under a prefix of the same bucket."""
    site = await make_site("old", "shared")
    with pytest.raises(BackupRefused, match="the files themselves are in the bucket"):
        async with site.place(f"s3://{site.engines['asset_s3_bucket']}/backup", changes=True):
            pass


async def test_progress_counts_every_byte(old: Site, place: Place) -> None:
    """Also those of files that are there already."""
    name = place("folder", old)
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(some_bytes(PART + 5))
        for _ in range(2):
            watch = Watch()
            await old.back_up(name, watch=watch)
            assert watch.total == watch.done == PART + 5
