"""Many assets at once, over gRPC."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.entrypoints.batch_rpcs import ASSETS_A_CALL
from emo_grpc.shared.entrypoints.admission.call_rate import BURST_SECONDS
from rpc.vault import Person, Vault, failure, open_vault
from stored import stored

INVALID = "INVALID_ARGUMENT INVALID_ARGUMENT"
GONE = "00000000-0000-4000-8000-000000000000"
BATCHES: dict[str, Any] = {
    "BatchGetAssets": pb.BatchGetAssetsRequest,
    "BatchUpdateAssets": pb.BatchUpdateAssetsRequest,
    "BatchDeleteAssets": pb.BatchDeleteAssetsRequest,
    "BatchRestoreAssets": pb.BatchRestoreAssetsRequest,
}


async def update(person: Person, *asset_ids: str, **fields: Any) -> pb.BatchUpdateAssetsResponse:
    request = pb.BatchUpdateAssetsRequest(asset_ids=asset_ids, **fields)
    answer: pb.BatchUpdateAssetsResponse = await person.call("BatchUpdateAssets", request)
    return answer


def reasons(results: Any) -> dict[str, str]:
    """By their ids, the reason of each; empty: done, or shown."""
    return {result.asset_id: result.failure.reason for result in results}


async def test_gets_many(alice: Person, bob: Person) -> None:
    """Each asset is as GetAsset shows it, and what the caller does not own fails alone, with a sentence for people."""
    asset_ids = [await alice.create(title=str(number)) for number in range(3)]
    theirs = await bob.create()
    wanted = [asset_ids[2], theirs, asset_ids[0], GONE, asset_ids[1].upper()]
    request = pb.BatchGetAssetsRequest(asset_ids=wanted)
    answer = await alice.call("BatchGetAssets", request)
    assert [result.asset_id for result in answer.results] == [asset_id.lower() for asset_id in wanted]
    assert not answer.unsent_asset_ids
    for result in answer.results:
        if result.asset_id in asset_ids:
            assert result.asset == await alice.asset(result.asset_id)
        else:
            assert result.WhichOneof("result") == "failure"
            assert (result.failure.code, result.failure.reason) == (5, "ASSET_NOT_FOUND")
            assert result.failure.message == "there is no such asset of yours"
    metadata = (*alice.metadata, ("accept-language", "ca"))
    answer = await alice.stub.BatchGetAssets(request, metadata=metadata)
    assert answer.results[1].failure.message == "No existeix aquest record."


async def test_changes_and_deletes_many(alice: Person, bob: Person) -> None:
    """Each has its result; a failure says as much as one of UpdateAsset; what is not the caller's stays as it is."""
    asset_ids = [await alice.create(tags=["old"]) for _ in range(3)]
    theirs = await bob.create()
    answer = await update(
        alice, *asset_ids, theirs, etags={asset_ids[1].upper(): "v7"}, asset=pb.Asset(location="Home", bookmarked=True),
        remove_tags=["old"], add_tags=["new"],
    )  # fmt: skip
    expected = dict.fromkeys(asset_ids, "") | {asset_ids[1]: "ETAG_MISMATCH", theirs: "ASSET_NOT_FOUND"}
    assert reasons(answer.results) == expected
    assert (answer.results[1].failure.code, dict(answer.results[1].failure.metadata)) == (10, {"etag": "v1"})
    assert not answer.results[0].HasField("failure")
    for asset_id in (asset_ids[0], asset_ids[2]):
        asset = await alice.asset(asset_id)
        assert (asset.location, asset.bookmarked, list(asset.tags)) == ("Home", True, ["new"])
    assert (await alice.asset(asset_ids[1])).etag == (await bob.asset(theirs)).etag == "v1"
    delete = pb.BatchDeleteAssetsRequest(asset_ids=[*asset_ids, theirs], etags={asset_ids[1]: "v7"})
    assert reasons((await alice.call("BatchDeleteAssets", delete)).results) == expected
    in_trash = [asset.asset_id for asset in (await alice.call("ListTrash")).assets]
    assert sorted(in_trash) == sorted([asset_ids[0], asset_ids[2]])
    assert (await bob.asset(theirs)).etag == "v1"


async def test_takes_values_away(alice: Person) -> None:
    """A field that update_mask names and the asset lacks is emptied, as with UpdateAsset."""
    asset_id = await alice.create(location="Home", people=["Ann"])
    mask = FieldMask(paths=["location", "people"])
    await update(alice, asset_id, asset=pb.Asset(people=["Bob"]), update_mask=mask)
    asset = await alice.asset(asset_id)
    assert (asset.location, list(asset.people), asset.title) == ("", ["Bob"], "Lake")


async def test_all_that_a_filter_holds(alice: Person) -> None:
    """Only where it holds as many as the caller expects, whose number another one is told, also without any."""
    asset_ids = [await alice.create(tags=["beach"]) for _ in range(2)]
    other = await alice.create()
    beach = pb.AssetFilter(tags=["beach"])
    for expected in (0, 1, 3):
        found = await failure(update(alice, filter=beach, expected_count=expected, asset=pb.Asset(location="Home")))
        assert found.brief == "FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH"
        assert found.metadata == {"actual_count": "2"}
    answer = await update(alice, filter=beach, expected_count=2, asset=pb.Asset(location="Home"))
    assert [result.asset_id for result in answer.results] == asset_ids
    delete = pb.BatchDeleteAssetsRequest(filter=beach, expected_count=2, request_id=str(uuid4()))
    first = await alice.call("BatchDeleteAssets", delete)
    assert reasons(first.results) == dict.fromkeys(asset_ids, "")
    assert await alice.call("BatchDeleteAssets", delete) == first
    assert (await alice.call("GetAssetStats")).total_count == 1
    assert (await alice.asset(other)).location == ""


async def test_destroys_many(alice: Person, bob: Person) -> None:
    """With `purge` nothing goes to the trash, and what is there goes for good; a repetition destroys nothing more."""
    asset_ids = [await alice.create(tags=["beach"]) for _ in range(3)]
    theirs = await bob.create()
    await alice.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=asset_ids[0]))
    purge = pb.BatchDeleteAssetsRequest(asset_ids=[*asset_ids[:2], theirs], request_id=str(uuid4()), purge=True)
    expected = dict.fromkeys(asset_ids[:2], "") | {theirs: "ASSET_NOT_FOUND"}
    for _ in range(2):
        assert reasons((await alice.call("BatchDeleteAssets", purge)).results) == expected
    assert not (await alice.call("ListTrash")).assets
    by_filter = pb.BatchDeleteAssetsRequest(filter=pb.AssetFilter(tags=["beach"]), expected_count=1, purge=True)
    assert reasons((await alice.call("BatchDeleteAssets", by_filter)).results) == {asset_ids[2]: ""}
    assert (await alice.call("GetAssetStats")).total_count == 0
    other = pb.BatchDeleteAssetsRequest(asset_ids=purge.asset_ids, request_id=purge.request_id)
    assert (await failure(alice.call("BatchDeleteAssets", other))).brief == "ALREADY_EXISTS REQUEST_ID_REUSED"


async def test_takes_many_out_of_the_trash(alice: Person, bob: Person) -> None:
    """As they were; what is not there, or not the caller's, fails alone; a repetition gives the first results."""
    asset_ids = [await alice.create(title=str(number)) for number in range(3)]
    kept, theirs = await alice.create(), await bob.create()
    await alice.call("BatchDeleteAssets", pb.BatchDeleteAssetsRequest(asset_ids=asset_ids))
    await bob.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=theirs))
    restore = pb.BatchRestoreAssetsRequest(
        asset_ids=[*asset_ids, kept, theirs], etags={asset_ids[2]: "v7"}, request_id=str(uuid4())
    )
    expected = dict.fromkeys(asset_ids, "") | {
        asset_ids[2]: "ETAG_MISMATCH", kept: "ASSET_NOT_IN_TRASH", theirs: "ASSET_NOT_FOUND",
    }  # fmt: skip
    for _ in range(2):
        assert reasons((await alice.call("BatchRestoreAssets", restore)).results) == expected
    assert [asset.asset_id for asset in (await alice.call("ListTrash")).assets] == [asset_ids[2]]
    restored = await alice.asset(asset_ids[0])
    assert (restored.title, restored.HasField("delete_time")) == ("0", False)
    assert (await bob.asset(theirs)).HasField("delete_time")
    other = pb.BatchDeleteAssetsRequest(asset_ids=restore.asset_ids, etags=restore.etags, request_id=restore.request_id)
    assert (await failure(alice.call("BatchDeleteAssets", other))).brief == "ALREADY_EXISTS REQUEST_ID_REUSED"


async def test_a_request_id_is_for_one_batch(alice: Person) -> None:
    """The same request again gives the same answer, another one under its id is refused."""
    asset_id, request_id = await alice.create(), str(uuid4())
    first = await update(alice, asset_id, GONE, add_tags=["a"], request_id=request_id)
    assert await update(alice, asset_id, GONE, add_tags=["a"], request_id=request_id) == first
    found = await failure(update(alice, asset_id, add_tags=["a"], request_id=request_id))
    assert found.brief == "ALREADY_EXISTS REQUEST_ID_REUSED"


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing to change": ({}, ["update_mask"]),
    "an unknown field": ({"update_mask": FieldMask(paths=["state"])}, ["update_mask"]),
    "a value that no asset may have": (
        {"asset": pb.Asset(title=" ", folder="a//b")}, ["asset.title", "asset.folder"],
    ),
    "a bad label": ({"add_tags": ["a", ""], "add_people": ["\n"]}, ["add_tags[1]", "add_people[0]", "add_people[0]"]),
    "the same label twice": ({"add_tags": ["a", "a"]}, ["add_tags"]),
    "a label added and removed": ({"add_people": ["a"], "remove_people": ["a"]}, ["remove_people"]),
    "too many labels to remove": (
        {"remove_tags": list(map(str, range(51))), "remove_people": list(map(str, range(51)))},
        ["remove_tags", "remove_people"],
    ),
    "tags replaced and added": ({"add_tags": ["a"], "asset": pb.Asset(tags=["b"])}, ["update_mask"]),
    "a bad request_id": ({"add_tags": ["a"], "request_id": "x"}, ["request_id"]),
    "a filter as well": ({"add_tags": ["a"], "filter": pb.AssetFilter()}, ["asset_ids"]),
    "a count without a filter": ({"add_tags": ["a"], "expected_count": 1}, ["expected_count"]),
    "an etag of another": ({"add_tags": ["a"], "etags": {str(uuid4()): "v1"}}, ["etags"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_for_all(alice: Person, name: str) -> None:
    """What is wrong whatever the asset is refused as a whole, by the fields' names, and nothing changes."""
    fields, names = WRONG[name]
    asset_id = await alice.create()
    found = await failure(update(alice, asset_id, **fields))
    assert (found.brief, found.fields) == (INVALID, names)
    assert (await alice.asset(asset_id)).etag == "v1"


@pytest.mark.parametrize("name", ["BatchUpdateAssets", "BatchDeleteAssets"])
async def test_filters_that_say_nothing(alice: Person, name: str) -> None:
    """An expression that is not understood is told with its place, as lists tell it."""
    request = BATCHES[name](filter=pb.AssetFilter(expression="tags:(sea OR)"))
    refused = await failure(alice.call(name, request))
    assert (refused.brief, refused.metadata) == ("INVALID_ARGUMENT INVALID_FILTER", {"position": "12"})


async def test_wrong_filters(alice: Person) -> None:
    """A filter is checked as that of a list; no batch is for more than 10,000 assets, nor for less than none."""
    for expected, chosen, names in (
        (10_001, pb.AssetFilter(), ["expected_count"]),
        (-1, pb.AssetFilter(tags=["a"] * 21), ["filter.tags", "expected_count"]),
    ):
        for make in (pb.BatchUpdateAssetsRequest(add_tags=["a"]), pb.BatchDeleteAssetsRequest()):
            make.filter.CopyFrom(chosen)
            make.expected_count = expected
            found = await failure(alice.call(type(make).__name__.removesuffix("Request"), make))
            assert (found.brief, found.fields) == (INVALID, names)


@pytest.mark.parametrize("name", BATCHES)
async def test_wrong_ids(alice: Person, name: str) -> None:
    """One id to a thousand, each in its canonical text, and none twice."""
    for asset_ids, fields in (
        ([], ["asset_ids"]),
        ([str(uuid4()) for _ in range(1001)], ["asset_ids"]),
        ([GONE, GONE.upper()], ["asset_ids"]),
        ([GONE, "x", "{" + GONE + "}"], ["asset_ids[1]", "asset_ids[2]"]),
    ):
        request = BATCHES[name](asset_ids=asset_ids)
        if name == "BatchUpdateAssets":
            request.add_tags.append("a")
        found = await failure(alice.call(name, request))
        assert (found.brief, found.fields) == (INVALID, fields)


async def test_a_damaged_asset_fails_alone(vault: Vault, alice: Person) -> None:
    """One whose record was damaged is told in its own result, and can still be deleted with others."""
    good, bad = await alice.create(), await alice.create()
    with stored(vault.folder) as connection:
        connection.execute("UPDATE assets SET document = 'x' WHERE hex(asset_id) = ?", (bad.replace("-", "").upper(),))
    expected = {bad: "ASSET_RECORD_CORRUPT", good: ""}
    request = pb.BatchGetAssetsRequest(asset_ids=[bad, good])
    assert reasons((await alice.call("BatchGetAssets", request)).results) == expected
    assert reasons((await update(alice, bad, good, add_tags=["a"])).results) == expected
    delete = pb.BatchDeleteAssetsRequest(asset_ids=[bad, good])
    assert reasons((await alice.call("BatchDeleteAssets", delete)).results) == {bad: "", good: ""}


@pytest.mark.parametrize("is_by_filter", [False, True])
async def test_batches_are_no_way_around_the_rate(tmp_path: Any, is_by_filter: bool) -> None:
    """A batch that changes assets counts as the calls that it does the work of, and nobody else waits for that."""
    async with open_vault(tmp_path, user_calls_per_second=1) as vault:
        alice, bob = await vault.person("alice"), await vault.person("bob")
        many = ASSETS_A_CALL * BURST_SECONDS
        if is_by_filter:
            refused = await failure(update(alice, filter=pb.AssetFilter(), expected_count=many, add_tags=["a"]))
            assert refused.reason == "EXPECTED_COUNT_MISMATCH"
        else:
            await update(alice, *(str(uuid4()) for _ in range(many)), add_tags=["a"])
        found = await failure(alice.call("GetAssetStats"))
        assert found.reason == "RATE_LIMITED"
        assert 1 < found.retry_after <= 2
        await asyncio.gather(*(bob.call("GetAssetStats") for _ in range(BURST_SECONDS - 1)))
