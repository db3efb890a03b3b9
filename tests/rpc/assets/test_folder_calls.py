"""Listing and moving folders over a real server."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints import moves
from emo_grpc.assets.service_layer.many.moves import BATCH
from emo_grpc.shared.domain.ids import UserId
from rpc.vault import Person, Vault, failure

INVALID = "INVALID_ARGUMENT INVALID_ARGUMENT"
NOT_FOUND = "NOT_FOUND FOLDER_NOT_FOUND"


async def folders(person: Person, **fields: Any) -> pb.ListFoldersResponse:
    response: pb.ListFoldersResponse = await person.call("ListFolders", pb.ListFoldersRequest(**fields))
    return response


async def titles(person: Person, **fields: Any) -> list[str]:
    request = pb.ListAssetsRequest(order_by="title", filter=pb.AssetFilter(**fields))
    return [asset.title for asset in (await person.call("ListAssets", request)).assets]


async def test_folders_are_listed(alice: Person) -> None:
    """Those right below one, with what is in them and below them; a pending asset counts, its bytes do not."""
    for folder in ("Café/1994", "Café/1994", "Café", "Zoo", ""):
        await alice.create(folder=folder, title=folder or "top")
    shown = await folders(alice)
    assert shown.folder == pb.Folder(folder="", count=5, direct_count=1)
    assert list(shown.folders) == [
        pb.Folder(folder="Café", count=3, direct_count=1),
        pb.Folder(folder="Zoo", count=1, direct_count=1),
    ]
    below = await folders(alice, folder="Cafe\u0301")
    assert (below.folder, list(below.folders)) == (
        shown.folders[0],
        [pb.Folder(folder="Café/1994", count=2, direct_count=2)],
    )
    first = await folders(alice, page_size=1)
    second = await folders(alice, page_size=1, page_token=first.next_page_token)
    assert ([*first.folders, *second.folders], second.next_page_token) == (list(shown.folders), "")


async def test_assets_by_folder(alice: Person) -> None:
    """Right in a folder, or also below it, or at the top; the folder is made NFC as that of an asset is."""
    for folder in ("Café/1994", "Café", "Cafés", ""):
        await alice.create(folder=folder, title=folder or "top")
    assert await titles(alice, folder="Cafe\u0301") == ["Café"]
    assert await titles(alice, folder="Café", folder_recursive=True) == ["Café", "Café/1994"]
    assert await titles(alice, folder="") == ["top"]
    assert await titles(alice, folder="", folder_recursive=True) == await titles(alice)
    assert await titles(alice, folder_recursive=True) == ["Café", "Café/1994", "Cafés", "top"]
    assert await titles(alice, folder="Caf") == []


async def test_no_such_folder(alice: Person, bob: Person) -> None:
    """A folder of somebody else, or that nothing is in, is not found; what can be none is refused by name."""
    await bob.create(folder="a/b")
    found = await failure(folders(alice, folder="a"))
    assert (found.brief, found.metadata) == (NOT_FOUND, {"folder": "a"})
    assert [each.folder for each in (await folders(bob, folder="a")).folders] == ["a/b"]
    found = await failure(folders(bob, folder="a/../b"))
    assert (found.brief, found.fields) == (INVALID, ["folder"])
    found = await failure(alice.call("ListAssets", pb.ListAssetsRequest(filter=pb.AssetFilter(folder="/"))))
    assert (found.brief, found.fields) == (INVALID, ["filter.folder"])
    assert (await failure(folders(alice, page_size=-1))).fields == ["page_size"]


@pytest.mark.parametrize("field", ["page_token", "folder"])
async def test_tokens_of_folders(alice: Person, bob: Person, field: str) -> None:
    """A page token is good for its list and its caller."""
    for person in (alice, bob):
        for folder in ("a/a", "a/b", "b/a"):
            await person.create(folder=folder)
    token = (await folders(alice, page_size=1)).next_page_token
    request = {"page_token": {"page_token": token + "A"}, "folder": {"page_token": token, "folder": "a"}}[field]
    assert (await failure(folders(alice, **request))).reason == "INVALID_PAGE_TOKEN"
    assert (await failure(folders(bob, page_token=token))).reason == "INVALID_PAGE_TOKEN"


def moving(person: Person, source: str, destination: str, request_id: str = "") -> Any:
    return person.call(
        "MoveFolder", pb.MoveFolderRequest(source=source, destination=destination, request_id=request_id)
    )


async def test_a_folder_is_moved(alice: Person, bob: Person) -> None:
    """It is renamed, or goes into another one, with all below it; names are made NFC. Again, it changes nothing."""
    for person in (alice, bob):
        for folder in ("Cafe\u0301", "Café/1994", "Zoo"):
            await person.create(folder=folder, title=folder)
    request_id = str(uuid4())
    for _ in range(2):
        assert (await moving(alice, "Cafe\u0301", "Zoo/Bar", request_id)).remaining_count == 0
    assert [each.folder for each in (await folders(alice, folder="Zoo")).folders] == ["Zoo/Bar"]
    assert len(await titles(alice, folder="Zoo/Bar", folder_recursive=True)) == 2
    assert [each.folder for each in (await folders(bob)).folders] == ["Café", "Zoo"]
    found = await failure(moving(alice, "Café", "Zoo/Bar"))
    assert (found.brief, found.metadata) == (NOT_FOUND, {"folder": "Café"})
    assert (await failure(moving(alice, "Zoo", "Bar", request_id))).brief == "ALREADY_EXISTS REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("source", "destination", "fields"),
    [
        ("a", "a/b", ["destination"]),
        ("a", "a", ["destination"]),
        ("", "a", ["source"]),
        ("/", "b//c", ["source", "destination"]),
        ("a", "b" * 1025, ["destination"]),
        ("a", "/".join("b" * 65), ["destination"]),
        ("a", "/".join("b" * 500), ["destination"]),
    ],
)
async def test_moves_that_can_not_be(alice: Person, source: str, destination: str, fields: list[str]) -> None:
    """Into itself, of the top, and where nothing can be is refused by name."""
    await alice.create(folder="a")
    found = await failure(moving(alice, source, destination, "no id" if source == "/" else ""))
    assert (found.brief, set(found.fields) - {"request_id"}) == (INVALID, set(fields))


@pytest.mark.parametrize("depth", [65, 500])
async def test_what_lies_too_deep(alice: Person, depth: int) -> None:
    """Nothing is put into a folder of more than 64 names, and nothing is found in one."""
    deep = "/".join("x" * depth)
    asset_id = await alice.create(folder="/".join("x" * 64))
    mask = FieldMask(paths=["folder"])
    one = pb.UpdateAssetRequest(asset=pb.Asset(asset_id=asset_id, folder=deep), update_mask=mask)
    many = pb.BatchUpdateAssetsRequest(asset_ids=[asset_id], asset=pb.Asset(folder=deep), update_mask=mask)
    calls = (alice.create(folder=deep), alice.call("UpdateAsset", one), alice.call("BatchUpdateAssets", many))
    for call in calls:
        found = await failure(call)
        assert (found.brief, found.fields) == (INVALID, ["asset.folder"])
    assert (await failure(folders(alice, folder=deep))).brief == NOT_FOUND
    assert (await failure(moving(alice, deep, "a"))).brief == NOT_FOUND
    assert await titles(alice, folder=deep, folder_recursive=True) == []


async def test_a_move_of_many_is_waited_for(vault: Vault, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that waits no longer tells how much is left; the same again ends when the relay has done all."""
    async with vault.parts.engines.metadata.assets_units(UPCASTERS)() as unit:
        for _ in range(BATCH + 1):
            said, file = Description(title="x", folder="a/b"), File("x", "image/png", 0)
            owner_id = UserId(UUID(alice.user_id))
            made = Asset.create(
                asset_id=AssetId.new(), owner_id=owner_id, description=said, file=file, now=vault.clock()
            )
            await unit.assets.add(made)
        await unit.commit()
    request_id = str(uuid4())
    monkeypatch.setattr(moves, "MAX_WAIT_SECONDS", 0.0)
    assert (await moving(alice, "a", "z", request_id)).remaining_count == BATCH + 1
    assert (await failure(moving(alice, "a/b", "c"))).brief == "ABORTED CONCURRENT_CHANGE"
    monkeypatch.undo()
    call = moving(alice, "a", "z", request_id)
    while not call.done():
        await vault.deliver()
        await asyncio.sleep(0.01)
    assert (await call).remaining_count == 0
    shown = await folders(alice)
    assert [(each.folder, each.count) for each in shown.folders] == [("z", BATCH + 1)]
