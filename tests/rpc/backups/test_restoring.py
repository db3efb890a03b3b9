"""Backups of real servers, restored to any engines."""

import asyncio
from collections.abc import Callable

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.backup.errors import BackupRefused
from emo_grpc.users.domain.user import Role
from rpc.backups.conftest import MakeSite
from rpc.backups.rig import Site, Watch, cancelled_at
from rpc.moving.target import again
from rpc.vault import MIB, PART, Person, Vault, some_bytes

Place = Callable[[str, Site], str]

WAYS = [
    ("embedded", "folder", "embedded"),
    ("embedded", "s3", "shared"),
    ("shared", "folder", "embedded"),
    ("shared", "s3", "shared"),
]


@pytest.mark.parametrize(("source", "kind", "target"), WAYS)
async def test_everything_comes_back(source: str, kind: str, target: str, make_site: MakeSite, place: Place) -> None:
    """On the same engines and on others: logins hold, files are byte-identical, etags are the same, and the trash has
    what it had; what was under way waits for its file.
    """
    old, new = await make_site("old", source), await make_site("new", target)
    name = place(kind, old)
    place(kind, new)
    data = some_bytes(PART + 5)
    async with old.vault() as vault:
        alice, bob = await vault.person("alice"), await vault.person("bob", Role.ADMIN)
        stored = [await alice.stored(data), await alice.stored(b""), await bob.stored(b"mine")]
        paused = await bob.paused(data[: PART + MIB], len(data))
        await alice.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=stored[0]))
        trash = await alice.call("ListTrash")
        shown = [await alice.asset(asset_id) for asset_id in stored[:2]]
        stats = await alice.call("GetAssetStats")
        watch = Watch()
        manifest, report = await old.back_up(name, watch=watch)
    assert watch.total == watch.done == manifest.file_bytes == report.copied_bytes == len(data) + 4
    assert (manifest.file_count, report.copied, report.present, report.left_out) == (3, 3, 0, [])
    assert await old.broken(name) == []
    restored = await new.restore(name)
    assert (restored.copied, restored.left_out) == (3, [])
    async with new.vault() as vault:
        alice, bob = await again(vault, alice), await again(vault, bob)
        assert [await alice.asset(asset_id) for asset_id in stored[:2]] == shown
        assert await alice.call("GetAssetStats") == stats
        assert await alice.call("ListTrash") == trash
        assert [asset.asset_id for asset in trash.assets] == stored[:1]
        assert [await alice.download(asset_id) for asset_id in stored[:2]] == [data, b""]
        assert await bob.download(stored[2]) == b"mine"
        assert (await bob.status(paused)).persisted_size == 0
        assert (await bob.upload(paused, data)).complete
        assert (await vault.logged_in("alice", alice.user_id)).tokens.user_id == alice.user_id
        refresh = users_pb2.RefreshTokensRequest(refresh_token=bob.tokens.refresh_token)
        assert (await bob.users.RefreshTokens(refresh)).tokens.access_token
        installation = await vault.parts.engines.metadata.inventory.installation()
    assert installation == manifest.installation
    assert (await new.back_up(name))[1].copied == 1


@pytest.mark.parametrize("source", ["embedded", "shared"])
async def test_a_server_goes_on_meanwhile(source: str, make_site: MakeSite, place: Place, new: Site) -> None:
    """Backups that are taken while files come and go are whole, each at one moment of its own."""
    old = await make_site("old", source)
    name = place("folder", old)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        kept = [await alice.stored(some_bytes(MIB + number)) for number in range(3)]
        stop = asyncio.Event()
        busy = asyncio.create_task(_come_and_go(vault, alice, stop))
        backups = [await old.back_up(name) for _ in range(3)]
        stop.set()
        await busy
    assert [report.left_out for _, report in backups] == [[], [], []]
    for manifest, _ in backups:
        assert await old.broken(name, manifest.backup_id) == []
    await new.restore(name)
    async with new.vault() as vault:
        alice = await again(vault, alice)
        assert [len(await alice.download(asset_id)) for asset_id in kept] == [MIB, MIB + 1, MIB + 2]
        listed = (await alice.call("ListAssets")).assets
        ready = [each.asset_id for each in listed if each.state == pb.ASSET_STATE_READY]
        for asset_id in ready:
            await alice.download(asset_id)


async def _come_and_go(vault: Vault, person: Person, stop: asyncio.Event) -> None:
    while not stop.is_set():
        asset_id = await person.stored(some_bytes(100_000))
        await person.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))
        await vault.deliver()
        await person.stored(b"stays")


@pytest.mark.parametrize("target", ["embedded", "shared"])
async def test_an_interrupted_restore_goes_on(target: str, make_site: MakeSite, old: Site, place: Place) -> None:
    """Wherever it broke off, the same command again restores the rest; and once more changes nothing, or refuses."""
    name, new = place("folder", old), await make_site("new", target)
    async with old.vault() as vault:
        alice = await vault.person("alice")
        stored = [await alice.stored(some_bytes(100_000 + number)) for number in range(6)]
        await old.back_up(name)
    for at in (1, 3, 5):  # when the fifth begins, one of four has ended
        assert await cancelled_at(lambda watch: new.restore(name, watch), at)
    assert (await new.restore(name)).present > 0
    if target == "shared":
        assert (await new.restore(name)).copied == 0
    async with new.vault() as vault:
        alice = await again(vault, alice)
        assert [len(await alice.download(asset_id)) for asset_id in stored] == [100_000 + number for number in range(6)]


@pytest.mark.parametrize("target", ["embedded", "shared"])
async def test_somebody_elses_engines_are_refused(target: str, make_site: MakeSite, old: Site, place: Place) -> None:
    """A database that is in use is never restored over, and stays as it is."""
    name, new = place("folder", old), await make_site("new", target)
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(b"hers")
        await old.back_up(name)
    async with new.vault() as vault:
        carl = await vault.person("carl")
        asset_id = await carl.create(3)
    with pytest.raises(BackupRefused):
        await new.restore(name)
    async with new.vault() as vault:
        assert (await (await again(vault, carl)).asset(asset_id)).title == "Lake"
        assert len(await vault.parts.engines.metadata.accounts.users(None, 9)) == 1


async def test_files_of_others_are_refused(make_site: MakeSite, old: Site, place: Place) -> None:
    """A bucket with files that the backup does not know is somebody's, though the database is empty."""
    name, new = place("folder", old), await make_site("new", "shared")
    async with old.vault() as vault:
        await (await vault.person("alice")).stored(b"hers")
        await old.back_up(name)
    async with new.vault() as vault:
        await (await vault.person("carl")).stored(b"his")
    again_empty = await make_site("new", "shared")
    with pytest.raises(BackupRefused, match="files that are not in the backup"):
        await again_empty.restore(name)
