"""Making, showing, listing, changing and deleting assets over a real server."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.client.rpc_errors import from_rpc
from emo_grpc.users.domain.user import Role
from rpc.vault import PART, PASSWORD, Person, Vault, chunk, chunks, failure, finish, some_bytes, start

STORED = re.compile(r"blobs/[0-9a-f]{2}/[-0-9a-f]{36}/(1|receipts-[0-9a-f]{64})")
GONE = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"
INVALID = "INVALID_ARGUMENT INVALID_ARGUMENT"
TIME = Timestamp(seconds=1_000_000_000, nanos=5000)


def an_asset(**fields: Any) -> pb.Asset:
    asset = pb.Asset(title="Lake", file=pb.File(name="lake.jpg"))
    asset.MergeFrom(pb.Asset(**fields))
    return asset


async def create(person: Person, asset: pb.Asset | None = None, request_id: str = "") -> str:
    request = pb.CreateAssetRequest(asset=asset or an_asset(), request_id=request_id)
    response: pb.CreateAssetResponse = await person.call("CreateAsset", request)
    return response.asset_id


def update(person: Person, asset: pb.Asset, *paths: str) -> Any:
    return person.call("UpdateAsset", pb.UpdateAssetRequest(asset=asset, update_mask=FieldMask(paths=paths)))


async def test_shows_what_was_made(alice: Person) -> None:
    """An asset comes back as it was made; what is output only was not taken from the request."""
    said = an_asset(
        description="Cold.\n\tVery.", tags=["water", "été 🌊"], people=["Ann"], location="Home", event_date=TIME,
        bookmarked=True, extra_private=True, file=pb.File(content_type="Image/JPEG", size_bytes=7),
    )  # fmt: skip
    liar = pb.Asset(asset_id=GONE, state=pb.ASSET_STATE_READY, owner_ids=[GONE], etag="x", create_time=TIME)
    liar.MergeFrom(said)
    liar.file.crc32c = 5
    asset_id = await create(alice, liar)
    shown = await alice.asset(asset_id)
    assert (shown.asset_id, shown.state, list(shown.owner_ids)) == (asset_id, pb.ASSET_STATE_PENDING, [alice.user_id])
    assert abs((shown.create_time.ToDatetime(UTC) - datetime.now(UTC)).total_seconds()) < 60
    assert shown.update_time == shown.create_time
    for field in ("asset_id", "state", "owner_ids", "etag", "create_time", "update_time"):
        shown.ClearField(field)
    said.file.content_type = "image/jpeg"
    said.event_precision = pb.DATE_PRECISION_SECOND
    assert shown == said


@pytest.mark.parametrize(
    ("asset", "fields"),
    [
        (pb.Asset(), ["asset.title", "asset.file.name"]),
        (an_asset(title=" \t "), ["asset.title", "asset.title"]),
        (an_asset(title="x" * 201), ["asset.title"]),
        (an_asset(title="a\x00b"), ["asset.title"]),
        (an_asset(title="a\x1b[31m"), ["asset.title"]),
        (an_asset(title="a\x85b"), ["asset.title"]),
        (an_asset(description="x" * 5001), ["asset.description"]),
        (an_asset(description="a\x07"), ["asset.description"]),
        (an_asset(location="\n"), ["asset.location"]),
        (an_asset(tags=["a", "a"]), ["asset.tags"]),
        (an_asset(tags=[str(number) for number in range(51)]), ["asset.tags"]),
        (an_asset(people=["", "x" * 101]), ["asset.people[0]", "asset.people[1]"]),
        (an_asset(file=pb.File(name="x" * 256)), ["asset.file.name"]),
        (an_asset(file=pb.File(name="a\nb")), ["asset.file.name"]),
        (an_asset(file=pb.File(content_type="image")), ["asset.file.content_type"]),
        (an_asset(file=pb.File(content_type="a/b; c=d")), ["asset.file.content_type"]),
        (an_asset(file=pb.File(content_type="a/" + "b" * 126)), ["asset.file.content_type"]),
        (an_asset(file=pb.File(size_bytes=-1)), ["asset.file.size_bytes"]),
        (an_asset(file=pb.File(size_bytes=(1 << 63) - 1)), ["asset.file.size_bytes"]),
        (an_asset(file=pb.File(size_bytes=-(1 << 63))), ["asset.file.size_bytes"]),
        (an_asset(event_date=Timestamp(seconds=1 << 62)), ["asset.event_date"]),
        (an_asset(event_date=Timestamp(nanos=-1)), ["asset.event_date"]),
    ],
)
async def test_bad_assets(alice: Person, asset: pb.Asset, fields: list[str]) -> None:
    """Every field out of its limits is named, and nothing is made."""
    found = await failure(create(alice, asset))
    assert (found.brief, found.fields) == (INVALID, fields)
    assert not (await alice.call("ListAssets")).assets


async def test_as_much_as_an_answer_holds(alice: Person) -> None:
    """Of very many violations twenty are told, and the answer still fits."""
    found = await failure(create(alice, an_asset(tags=["\x07" * 60] * 50, people=[" "] * 50), "nonsense"))
    assert found.brief == INVALID
    assert len(found.fields) == 20
    assert (await failure(create(alice, an_asset(tags=["x"] * 100_000)))).fields == ["asset.tags"]


async def test_a_bad_request_id(alice: Person) -> None:
    """A request_id that is no UUID is named beside what is wrong with the asset."""
    found = await failure(create(alice, an_asset(title="\x07"), "nonsense"))
    assert found.fields == ["asset.title", "request_id"]


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "C:\\x", "a/b", "..", ".", "-rf", "con", "x" * 255, "été 🌊", "'; DROP TABLE--"]
)
async def test_names_are_only_text(vault: Vault, alice: Person, name: str) -> None:
    """A file name that looks like a path is kept as text, and no path comes of it."""
    asset_id = await create(alice, an_asset(file=pb.File(name=name)))
    await alice.upload(asset_id, b"abc")
    assert (await alice.asset(asset_id)).file.name == name
    assert await alice.download(asset_id) == b"abc"
    for path in vault.stored_files():
        assert STORED.fullmatch(str(path.relative_to(vault.folder / "files")))


async def test_request_ids(alice: Person, bob: Person) -> None:
    """The same request again makes one asset, also at the same moment; another one with its id is refused."""
    request_id = str(uuid4())
    made = await asyncio.gather(*(create(alice, None, request_id) for _ in range(5)))
    assert len(set(made)) == 1
    assert len((await alice.call("ListAssets")).assets) == 1
    assert await create(bob, None, request_id) not in made
    found = await failure(create(alice, an_asset(bookmarked=True), request_id))
    assert found.brief == "ALREADY_EXISTS REQUEST_ID_REUSED"
    assert (await failure(create(alice, None, "nonsense"))).fields == ["request_id"]


async def test_updates(alice: Person) -> None:
    """With a mask just its fields change, with `*` all of them, and without one those that are set."""
    asset_id = await create(alice, an_asset(tags=["a"], event_date=TIME, bookmarked=True))
    before = await alice.asset(asset_id)
    await update(alice, pb.Asset(asset_id=asset_id, title="Sea", location="ignored"), "title", "event_date")
    shown = await alice.asset(asset_id)
    assert (shown.title, shown.location, shown.HasField("event_date")) == ("Sea", "", False)
    assert (list(shown.tags), shown.bookmarked) == (["a"], True)
    assert (shown.etag != before.etag, shown.create_time) == (True, before.create_time)
    await update(alice, pb.Asset(asset_id=asset_id, description="Wide."))
    shown = await alice.asset(asset_id)
    assert (shown.title, shown.description, list(shown.tags)) == ("Sea", "Wide.", ["a"])
    await update(alice, pb.Asset(asset_id=asset_id, title="All", file=pb.File(name="all.png")), "*")
    shown = await alice.asset(asset_id)
    assert (shown.title, shown.description, list(shown.tags), shown.bookmarked) == ("All", "", [], False)
    assert (shown.file.name, shown.file.content_type) == ("all.png", "application/octet-stream")


@pytest.mark.parametrize(
    ("paths", "change", "brief", "fields"),
    [
        (["size"], {}, INVALID, ["update_mask"]),
        (["asset_id"], {}, INVALID, ["update_mask"]),
        (["file.size_bytes"], {}, INVALID, ["update_mask"]),
        (["*", "title"], {}, INVALID, ["update_mask"]),
        (["*"], {}, INVALID, ["asset.title", "asset.file.name"]),
        (["title", "location", "file.content_type"], {"location": "\x07", "file": pb.File(content_type="x")},
         INVALID, ["asset.title", "asset.location", "asset.file.content_type"]),
        ([], {"event_date": Timestamp(seconds=1 << 62)}, INVALID, ["asset.event_date"]),
        (["title"], {"title": "x", "etag": "old"}, "ABORTED ETAG_MISMATCH", []),
    ],
)  # fmt: skip
async def test_bad_updates(
    alice: Person, paths: list[str], change: dict[str, Any], brief: str, fields: list[str]
) -> None:
    """Bad masks, bad values and old etags are told apart, and change nothing."""
    asset_id = await create(alice)
    before = await alice.asset(asset_id)
    found = await failure(update(alice, pb.Asset(asset_id=asset_id, **change), *paths))
    assert (found.brief, found.fields) == (brief, fields)
    assert await alice.asset(asset_id) == before


async def test_etags(alice: Person) -> None:
    """The current etag lets an update and a delete through, the one of before does not, and says which is."""
    asset_id = await create(alice)
    etag = (await alice.asset(asset_id)).etag
    await update(alice, pb.Asset(asset_id=asset_id, title="Sea", etag=etag))
    delete = pb.DeleteAssetRequest(asset_id=asset_id, etag=etag)
    found = await failure(alice.call("DeleteAsset", delete))
    assert found.brief == "ABORTED ETAG_MISMATCH"
    delete.etag = (await alice.asset(asset_id)).etag
    assert found.metadata["etag"] == delete.etag
    await alice.call("DeleteAsset", delete)
    assert (await alice.asset(asset_id)).HasField("delete_time")


async def test_lists(alice: Person, bob: Person) -> None:
    """Pages come in the order asked for, without a gap or a repetition, and hold only what the filter says."""
    titles = [f"{number:02}" for number in range(7)]
    for title in titles:
        await create(alice, an_asset(title=title, tags=["even"] if int(title) % 2 == 0 else []))
    await create(bob, an_asset(title="03b", tags=["even"]))
    for order_by, expected in (("title", titles), ("title desc", titles[::-1]), ("", titles[::-1])):
        request = pb.ListAssetsRequest(page_size=3, order_by=order_by)
        found = []
        while True:
            page = await alice.call("ListAssets", request)
            found += [asset.title for asset in page.assets]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        assert found == expected
    request = pb.ListAssetsRequest(order_by="title", filter=pb.AssetFilter(tags=["even"]))
    assert [asset.title for asset in (await alice.call("ListAssets", request)).assets] == ["00", "02", "04", "06"]


async def test_bad_lists(alice: Person, bob: Person) -> None:
    """Tokens that are damaged, of another person, request or RPC, negative sizes and unknown orders are refused."""
    for _ in range(3):
        await create(alice)
    request = pb.ListAssetsRequest(page_size=1)
    token = (await alice.call("ListAssets", request)).next_page_token
    bad = [
        (alice, pb.ListAssetsRequest(page_token=token[:-1] + ("A" if token[-1] != "A" else "B")), "page_token"),
        (alice, pb.ListAssetsRequest(page_token=token + "A"), "page_token"),
        (alice, pb.ListAssetsRequest(page_token="x"), "page_token"),
        (alice, pb.ListAssetsRequest(page_token="\x00é" * 3000), "page_token"),
        (alice, pb.ListAssetsRequest(page_token=token, order_by="title"), "page_token"),
        (alice, pb.ListAssetsRequest(page_token=token, filter=pb.AssetFilter(bookmarked=False)), "page_token"),
        (bob, pb.ListAssetsRequest(page_token=token), "page_token"),
    ]
    for person, listing, field in bad:
        found = await failure(person.call("ListAssets", listing))
        assert (found.brief, found.fields) == ("INVALID_ARGUMENT INVALID_PAGE_TOKEN", [field])
    for listing, field in (
        (pb.ListAssetsRequest(page_size=-1), "page_size"),
        (pb.ListAssetsRequest(order_by="weight"), "order_by"),
        (pb.ListAssetsRequest(filter=pb.AssetFilter(tags=["x"] * 21)), "filter.tags"),
    ):
        found = await failure(alice.call("ListAssets", listing))
        assert (found.brief, found.fields) == (INVALID, [field])
    huge = pb.ListAssetsRequest(page_token=token, page_size=(1 << 31) - 1)
    assert len((await alice.call("ListAssets", huge)).assets) == 2


async def test_everybodys_list(vault: Vault, alice: Person, bob: Person) -> None:
    """An admin sees everybody's assets, or one owner's, but no extra private ones of others."""
    admin = await vault.person("root", Role.ADMIN)
    for person, title in ((alice, "a"), (bob, "b"), (admin, "c")):
        await create(person, an_asset(title=title))
        await create(person, an_asset(title=title.upper(), extra_private=True))
    request = pb.ListAllAssetsRequest(order_by="title")
    assert [asset.title for asset in (await admin.call("ListAllAssets", request)).assets] == ["C", "a", "b", "c"]
    request.owner_id = alice.user_id
    assert [asset.title for asset in (await admin.call("ListAllAssets", request)).assets] == ["a"]
    request.owner_id = GONE
    assert not (await admin.call("ListAllAssets", request)).assets
    token = (await admin.call("ListAllAssets", pb.ListAllAssetsRequest(page_size=1))).next_page_token
    request = pb.ListAllAssetsRequest(page_token=token, owner_id=alice.user_id)
    assert (await failure(admin.call("ListAllAssets", request))).reason == "INVALID_PAGE_TOKEN"
    assert (await failure(admin.call("ListAssets", pb.ListAssetsRequest(page_token=token)))).fields == ["page_token"]
    found = await failure(admin.call("ListAllAssets", pb.ListAllAssetsRequest(owner_id="x")))
    assert (found.brief, found.fields) == (INVALID, ["owner_id"])


async def test_a_request_that_grpc_refuses(alice: Person) -> None:
    """A message over 4 MiB never comes to emo; the client says what to do in its stead."""
    await create(alice, an_asset(description="d" * 5000))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await create(alice, an_asset(description="d" * (5 << 20)))
    told = from_rpc(caught.value)
    assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "")
    assert told.message == "the request is larger than the 4 MiB that a server takes: shorten what it says"


async def test_large_pages_reach_clients_with_usual_limits(vault: Vault) -> None:
    """Descriptions of full length come in several pages, each below the 4 MiB that every client takes."""
    ann, root = await vault.person("large"), await vault.person("list-root", Role.ADMIN)
    large = an_asset(description="🙂" * 5000, people=[f"{number:02}" + "🙂" * 98 for number in range(50)])
    made = [await create(ann, large) for _ in range(90)]
    for person, method, kind in (
        (ann, "ListAssets", pb.ListAssetsRequest),
        (root, "ListAllAssets", pb.ListAllAssetsRequest),
    ):
        found, token, sizes = list[str](), "", list[int]()
        while not sizes or token:
            page = await person.call(method, kind(page_size=1000, page_token=token))
            sizes.append(page.ByteSize())
            found += [asset.asset_id for asset in page.assets if asset.asset_id in made]
            token = page.next_page_token
        assert found == made[::-1]
        assert max(sizes) < 3 << 20
        assert len(sizes) > 1


async def test_stats_and_tags(alice: Person, bob: Person) -> None:
    """Counts and bytes are the caller's own, and tags come most used first; a negative limit is refused."""
    await create(alice, an_asset(tags=["a", "b"], file=pb.File(content_type="image/png", size_bytes=100)))
    asset_id = await create(alice, an_asset(tags=["b"], file=pb.File(content_type="video/mp4")))
    await alice.upload(asset_id, b"abc")
    await create(bob, an_asset(tags=["a"]))
    stats = await alice.call("GetAssetStats")
    assert {(kind.kind, kind.count, kind.bytes) for kind in stats.kinds} == {
        (pb.ASSET_KIND_PHOTO, 1, 0), (pb.ASSET_KIND_VIDEO, 1, 3)
    }  # fmt: skip
    assert (stats.total_count, stats.total_bytes, stats.used_bytes) == (2, 3, 103)
    assert (stats.pending_count, stats.pending_limit, stats.metadata_quota_bytes) == (1, 5000, 8 << 30)
    assert 2 * 2048 + 3 * 512 < stats.metadata_bytes < 6000
    cloud = await alice.call("GetTagCloud")
    assert [(tag.tag, tag.count) for tag in cloud.tags] == [("b", 2), ("a", 1)]
    assert len((await alice.call("GetTagCloud", pb.GetTagCloudRequest(limit=1))).tags) == 1
    assert (await failure(alice.call("GetTagCloud", pb.GetTagCloudRequest(limit=-1)))).fields == ["limit"]


ONE_ASSET: dict[str, Any] = {
    "GetUploadStatus": pb.GetUploadStatusRequest,
    "CancelUpload": pb.CancelUploadRequest,
    "GetAsset": pb.GetAssetRequest,
    "DeleteAsset": pb.DeleteAssetRequest,
    "RestoreAsset": pb.RestoreAssetRequest,
    "PurgeAsset": pb.PurgeAssetRequest,
}


async def _everything(person: Person, asset_id: str) -> list[Any]:
    """How every call about one asset fails for this person."""
    found = [await failure(person.call(name, make(asset_id=asset_id))) for name, make in ONE_ASSET.items()]
    found.append(await failure(update(person, pb.Asset(asset_id=asset_id, title="mine"))))
    found.append(await failure(person.download(asset_id)))
    found += [await failure(person.send([start(asset_id, offset), chunk(b"x"), finish()])) for offset in (0, 5, PART)]
    return found


async def test_other_peoples_assets(vault: Vault, alice: Person, bob: Person) -> None:
    """Somebody else's asset is NOT_FOUND in every call, like one that never was, for admins too, and stays as it is."""
    admin = await vault.person("root", Role.ADMIN)
    ready, begun = await alice.stored(b"abc"), await alice.paused(some_bytes(PART))
    never = await _everything(bob, GONE)
    assert {found.brief for found in never} == {"NOT_FOUND ASSET_NOT_FOUND"}
    for person in (bob, admin):
        for asset_id in (ready, begun):
            assert await _everything(person, asset_id) == never
    assert await alice.download(ready) == b"abc"
    assert (await alice.status(begun)).persisted_size == PART
    assert (await alice.asset(ready)).title == "Lake"


@pytest.mark.parametrize("asset_id", ["", "x", "../x", GONE[:-1], GONE.replace("-", ""), "{" + GONE + "}", GONE + "\n"])
async def test_bad_ids(alice: Person, asset_id: str) -> None:
    """What is no id in its canonical text is refused by name in every call."""
    for name, make in ONE_ASSET.items():
        found = await failure(alice.call(name, make(asset_id=asset_id)))
        assert (found.brief, found.fields) == (INVALID, ["asset_id"])
    assert (await failure(update(alice, pb.Asset(asset_id=asset_id, title="x")))).fields == ["asset.asset_id"]


async def test_deleted_bytes_are_gone(vault: Vault, alice: Person) -> None:
    """After a purge the key is gone at once, the bytes after the relay, and other files stay."""
    gone, stays = await alice.stored(some_bytes(PART + 5)), await alice.stored(b"abc")
    await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=gone, force=True))
    assert (await alice.call("GetAssetStats")).used_bytes == 3
    await vault.deliver()
    assert len(vault.blob_parts()) == 1
    assert await alice.download(stays) == b"abc"


async def test_removed_users_leave_nothing(vault: Vault, alice: Person, bob: Person) -> None:
    """With an account go its assets, complete or not, and their bytes; others' stay."""
    await alice.stored(some_bytes(PART + 5))
    await alice.send([start(await alice.create()), *chunks(some_bytes(PART))])
    theirs = await bob.stored(b"abc")
    await alice.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=alice.metadata)
    await vault.deliver()
    assert len(vault.blob_parts()) == 1
    assert not [path for path in vault.stored_files() if "uploads" in path.parts]
    assert await bob.download(theirs) == b"abc"
