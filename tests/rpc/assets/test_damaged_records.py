"""An asset whose record was damaged in the database, beside others that were not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import RemoveUser
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure, open_vault
from stored import stored

from .test_asset_calls import an_asset, create

CORRUPT = "DATA_LOSS ASSET_RECORD_CORRUPT"


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    async with open_vault(tmp_path) as opened:
        yield opened


def damage(folder: Path, asset_id: str) -> None:
    """A bit flips, and what was JSON is none."""
    with stored(folder) as connection:
        connection.execute(
            "UPDATE assets SET document = replace(document, '\"title\":', '\"title\"z') WHERE document LIKE ?",
            (f"%{asset_id}%",),
        )


async def stay(person: Person, count: int) -> list[str]:
    """Some complete assets."""
    made = [await create(person, an_asset(title=f"{number}")) for number in range(count)]
    for asset_id in made:
        await person.upload(asset_id, b"abc")
    return made


async def test_one_damaged_record_is_lost_alone(vault: Vault) -> None:
    """What needs it is told DATA_LOSS; lists name it and show the rest; its owner can destroy it, and nobody else."""
    ann, bob, root = [await vault.person(name, role) for name, role in (
        ("ann", Role.USER), ("bob", Role.USER), ("root", Role.ADMIN))]  # fmt: skip
    made = await stay(ann, 3)
    bad = made[1]
    damage(vault.folder, bad)
    for method, request in (
        ("GetAsset", pb.GetAssetRequest(asset_id=bad)),
        ("GetUploadStatus", pb.GetUploadStatusRequest(asset_id=bad)),
        ("UpdateAsset", pb.UpdateAssetRequest(asset=pb.Asset(asset_id=bad, title="x"))),
    ):
        found = await failure(ann.call(method, request))
        assert (found.brief, found.metadata["asset_id"]) == (CORRUPT, bad)
    for person, method in ((ann, "ListAssets"), (root, "ListAllAssets")):
        page = await person.call(method)
        assert ([asset.asset_id for asset in page.assets], page.unreadable_asset_ids) == ([made[2], made[0]], [bad])
    assert (await failure(bob.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=bad)))).code == "NOT_FOUND"
    assert len(vault.blob_parts()) == 3
    await ann.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=bad))
    await vault.deliver()
    assert len(vault.blob_parts()) == 2
    assert (await ann.call("GetAssetStats")).total_count == 2
    assert list((await ann.call("ListAssets")).unreadable_asset_ids) == []


async def test_a_removed_user_leaves_nothing_that_is_damaged(vault: Vault) -> None:
    """The events that follow a removal go on past damaged records, and destroy them too."""
    ann = await vault.person("ann")
    for asset_id in await stay(ann, 2):
        damage(vault.folder, asset_id)
    await vault.parts.users.bus.handle(RemoveUser(user_id=UserId.parse(ann.user_id, "user_id")))
    await vault.deliver()
    assert vault.blob_parts() == []
    with stored(vault.folder) as connection:
        assert connection.execute("SELECT count(*) FROM assets").fetchone() == (0,)
