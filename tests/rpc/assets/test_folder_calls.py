"""Listing folders, and what is in them, over a real server."""

from typing import Any

import pytest

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import Person, failure

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
