"""Places that somebody else writes to, too: on purpose or by mistake."""

import json
import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import DATABASE, FILE_LIST, KEYS, MANIFEST, Manifest
from emo_grpc.shared.service_layer.clock import utc_now
from rpc.backups.conftest import MakeSite
from rpc.backups.forgery import forged
from rpc.backups.rig import Site, files_below
from s3_server import S3Server

Place = Callable[[str, Site], str]
LATE = timedelta(days=2)


async def made(site: Site, name: str) -> tuple[Path, Manifest]:
    """A backup in a folder, of a server with one file."""
    async with site.vault() as vault:
        await (await vault.person("alice")).stored(b"lake")
        manifest, _ = await site.back_up(name)
    return Path(name) / "backups" / manifest.backup_id, manifest


async def test_a_manifest_names_no_path(
    old: Site, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is written but where a backup is opened, whatever names a manifest has for those beside it."""
    backup, manifest = await made(old, place("folder", old))
    home = backup.parents[1]
    for folder in (tmp_path / "temporary", tmp_path / "planted", home / "planted"):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    name, text = "../../planted/authorized_keys", b"ssh-rsa AAAA"
    (home / "planted" / "authorized_keys").write_bytes(text)
    sums = json.loads(manifest.to_bytes())["sums"] | {name: {"size": len(text), "sha256": sha256(text).hexdigest()}}
    (backup / MANIFEST).write_bytes(forged(manifest, sums=dict(sorted(sums.items()))))
    with pytest.raises(BackupDamaged):
        await old.broken(str(home))
    with pytest.raises(BackupDamaged):
        await old.prune(str(home), 1, utc_now() + LATE)
    assert files_below(tmp_path / "planted") == []


@pytest.mark.parametrize("name", [MANIFEST, DATABASE, FILE_LIST])
async def test_what_is_no_file(name: str, old: Site, place: Place, tmp_path: Path) -> None:
    """A link to another file, or something that is read for ever, is not taken for a file of a backup."""
    backup, _ = await made(old, place("folder", old))
    path, moved = backup / name, tmp_path / "moved"
    path.rename(moved)
    tricks: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to(moved),
        "endless": lambda: path.symlink_to("/dev/zero"),
        "pipe": lambda: os.mkfifo(path),
    }
    for make in tricks.values():
        make()
        with pytest.raises((BackupDamaged, BackupRefused)):
            await old.broken(str(backup.parents[1]))
        path.unlink()
    moved.rename(path)
    assert await old.broken(str(backup.parents[1])) == []


def replace(backup: Path, manifest: Manifest, name: str, data: bytes) -> None:
    """Put something else into a backup, which agrees with itself."""
    (backup / name).write_bytes(data)
    sums = json.loads(manifest.to_bytes())["sums"] | {name: {"size": len(data), "sha256": sha256(data).hexdigest()}}
    (backup / MANIFEST).write_bytes(forged(manifest, sums=sums))


async def test_a_proof_is_of_what_the_manifest_says(old: Site, new: Site, place: Place) -> None:
    """An empty database, that of another server, and a list that is not of its files: each would lose some of them."""
    name = place("folder", old)
    backup, manifest = await made(old, name)
    files, database = (backup / FILE_LIST).read_bytes(), (backup / DATABASE).read_bytes()
    async with new.vault():
        pass
    other = new.folder / DATABASE
    for data in (b"", other.read_bytes()):
        replace(backup, manifest, DATABASE, data)
        with pytest.raises(BackupDamaged, match="not of the server"):
            await old.broken(name)
        with pytest.raises(BackupDamaged, match="not of the server"):
            await Site(new.folder.with_name("third"), old.engines).restore(name)
    (backup / DATABASE).write_bytes(database)
    line = files.splitlines(keepends=True)[1]
    for data in (files.replace(line, b""), files + line.replace(line[:8], b"00000000")):
        replace(backup, manifest, FILE_LIST, data)
        with pytest.raises(BackupDamaged, match="its database"):
            await old.broken(name)
    replace(backup, manifest, FILE_LIST, files)
    assert await old.broken(name) == []


async def test_what_else_is_in_a_folder_stays(old: Site, tmp_path: Path) -> None:
    """A home with backups and drafts of something else is no place; drafts that are not ours stay in one that is."""
    for part in ("backups", "drafts", "pool"):
        (tmp_path / "home" / part).mkdir(parents=True)
        (tmp_path / "home" / part / "novel.txt").write_text("Call me")
    (tmp_path / "home" / "thesis.txt").touch()
    async with old.vault():
        with pytest.raises(BackupRefused, match="holds something else"):
            await old.back_up(str(tmp_path / "home"))
        (tmp_path / "home" / "thesis.txt").unlink()
        left = tmp_path / "home" / "drafts" / ("0a" * 8)
        left.mkdir()
        for _ in range(2):
            await old.back_up(str(tmp_path / "home"))
        await old.prune(str(tmp_path / "home"), 1, utc_now() + LATE)
    assert not left.exists()
    for part in ("backups", "drafts", "pool"):
        assert (tmp_path / "home" / part / "novel.txt").read_text() == "Call me"


async def test_a_place_that_is_open_to_all(old: Site, place: Place) -> None:
    """No backup goes where every user of the machine may put something else in its stead."""
    backup, manifest = await made(old, place("folder", old))
    for folder in (backup.parents[1], backup.parent, backup.parents[1] / "pool"):
        folder.chmod(0o1777)
        with pytest.raises(BackupRefused, match="chmod o-w"):
            async with old.place(str(backup.parents[1]), changes=True):
                pass
        async with old.place(str(backup.parents[1])) as opened:
            assert await opened.backup_ids() == [manifest.backup_id]
        folder.chmod(0o700)


async def test_what_else_is_in_a_bucket_stays(
    old: Site, place: Place, s3: S3Server, buckets: dict[str, S3Location]
) -> None:
    """Backups of other programs are not ours to remove, however old they are."""
    name, bucket, client = place("s3", old), buckets["backup"].bucket, s3.client()
    foreign = [f"emo/nightly/{key}" for key in ("backups/db/dump.sql", "backups/notes.txt", "assets/photos/lake.jpg")]
    for key in foreign:
        client.put_object(Bucket=bucket, Key=key, Body=b"dump")
    client.create_multipart_upload(Bucket=bucket, Key="emo/nightly/backups/db/next.sql")
    async with old.vault():
        await old.back_up(name)
    await old.prune(name, 1, utc_now() + LATE)
    left = {found["Key"] for found in client.list_objects_v2(Bucket=bucket)["Contents"]}
    assert left >= set(foreign)
    assert len(client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])) == 1


async def test_the_bucket_of_another_server(
    make_site: MakeSite, old: Site, place: Place, buckets: dict[str, S3Location]
) -> None:
    """It is no place: its files would be removed as those that no backup refers to."""
    place("s3", old)
    other = await make_site("new", "shared")
    async with other.vault() as vault:
        await (await vault.person("bob")).stored(b"bob's")
        await vault.parts.sweep()
    async with old.vault():
        with pytest.raises(BackupRefused, match="a server keeps its files in the bucket"):
            await old.back_up(f"s3://{buckets['new'].bucket}")


async def test_keys_that_were_changed(old: Site, new: Site, place: Place) -> None:
    """They are never those of a data folder, in which the next try would find them."""
    name = place("folder", old)
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(b"lake")
        manifest, _ = await old.back_up(name, with_keys=True)
    keys = Path(name) / "backups" / manifest.backup_id / KEYS
    text = keys.read_text()
    keys.write_text(text.replace("5a5a", "5a5b", 1))
    new.engines.clear()
    with pytest.raises(BackupDamaged):
        await new.restore(name)
    assert files_below(new.folder) == []
    keys.write_text(text)
    assert (await new.restore(name)).copied == 1
