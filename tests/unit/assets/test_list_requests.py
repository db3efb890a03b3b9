"""What list requests ask for."""

from uuid import uuid4

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.entrypoints.listing import ListRequest, query_of
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.crypto.sealed_page_tokens import SealedPageTokens
from emo_grpc.shared.domain.errors import InvalidArgument, InvalidPageToken
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.paging import binding_of

ANN, BOB = UserId(uuid4()), UserId(uuid4())
TOKENS = SealedPageTokens(b"s" * 32)


def query(request: ListRequest, caller_id: UserId = ANN) -> AssetQuery:
    return query_of(request, TOKENS, caller_id=str(caller_id), owner_id=caller_id, viewer_id=None)


def fields(request: ListRequest) -> list[str]:
    with pytest.raises(InvalidArgument) as caught:
        query(request)
    return [violation.field for violation in caught.value.violations]


def test_defaults() -> None:
    """An empty request is the first 50, latest first, of everything."""
    assert query(pb.ListAssetsRequest()) == AssetQuery(owner_id=ANN, limit=50)


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000), ((1 << 31) - 1, 1000)])
def test_page_sizes(asked: int, given: int) -> None:
    """0 is the default, and too many are the maximum."""
    assert query(pb.ListAssetsRequest(page_size=asked)).limit == given


@pytest.mark.parametrize("asked", [-1, -(1 << 31)])
def test_negative_page_sizes(asked: int) -> None:
    """Less than nothing is refused."""
    assert fields(pb.ListAssetsRequest(page_size=asked)) == ["page_size"]


@pytest.mark.parametrize("field", list(SortField))
def test_orders(field: SortField) -> None:
    """Every field sorts both ways, upwards unless it says otherwise."""
    for text, descending in ((field, False), (f"{field} asc", False), (f"  {field}   desc ", True)):
        found = query(pb.ListAssetsRequest(order_by=text))
        assert (found.sort_field, found.descending) == (field, descending)


@pytest.mark.parametrize(
    "order_by", ["weight", "title DESC", "title,create_time", "title desc desc", "desc", "title; --", "t" * 5000]
)
def test_other_orders_are_refused(order_by: str) -> None:
    """What is no order is refused by name."""
    assert fields(pb.ListAssetsRequest(order_by=order_by)) == ["order_by"]


def test_filters() -> None:
    """Every filter is taken; what repeats counts once, and media types are in lower case."""
    message = pb.AssetFilter(
        content_types=["Image/*"], tags=["a", "a"], people=["p", "q", "p"], bookmarked=False,
        states=[pb.ASSET_STATE_READY],
    )  # fmt: skip
    assert query(pb.ListAssetsRequest(filter=message)).filter == AssetFilter(
        content_types=("image/*",), tags=("a",), people=("p", "q"), bookmarked=False, states=(AssetState.READY,)
    )
    assert query(pb.ListAssetsRequest(filter=pb.AssetFilter())).filter.bookmarked is None


def test_bad_filters() -> None:
    """Too many values and states that there are not are named together."""
    message = pb.AssetFilter(
        content_types=["image/*"] * 21, tags=["x"] * 21, people=["x"] * 21, states=[pb.ASSET_STATE_UNSPECIFIED] * 21
    )
    assert fields(pb.ListAssetsRequest(filter=message)) == [
        "filter.content_types", "filter.tags", "filter.people", "filter.states", "filter.states"
    ]  # fmt: skip
    message = pb.AssetFilter()
    message.states.append(99)  # type: ignore[arg-type] # as a newer client might
    assert fields(pb.ListAssetsRequest(filter=message)) == ["filter.states"]


@pytest.mark.parametrize("content_type", ["", "bla", "image/", "/*", "*/*", "image/*/x", "image/j*", "a/b; charset=x"])
def test_what_is_no_media_type_is_refused(content_type: str) -> None:
    """It would find nothing, and not say why (RFC 9110, section 8.3.1)."""
    message = pb.AssetFilter(content_types=["image/jpeg", content_type])
    assert fields(pb.ListAssetsRequest(filter=message)) == ["filter.content_types[1]"]


REQUEST = pb.ListAssetsRequest(order_by="title", filter=pb.AssetFilter(tags=["a"]))


def test_a_token_is_good_for_its_request() -> None:
    """A token gives its cursor back to the same caller and request, whatever the page size."""
    token = TOKENS.seal(("x", "y"), binding_of(REQUEST, str(ANN)))
    for size in (0, 7):
        request = pb.ListAssetsRequest(page_token=token, page_size=size)
        request.MergeFrom(REQUEST)
        assert query(request).after == ["x", "y"]
    assert (REQUEST.page_size, REQUEST.page_token) == (0, "")


@pytest.mark.parametrize(
    "change",
    [{"order_by": "title desc"}, {"filter": pb.AssetFilter(tags=["b"])}, {"filter": pb.AssetFilter(bookmarked=True)}],
)
def test_a_token_is_good_for_nothing_else(change: dict[str, str]) -> None:
    """Another order or filter, another caller and another RPC are refused."""
    token = TOKENS.seal(("x", "y"), binding_of(REQUEST, str(ANN)))
    other = pb.ListAssetsRequest(page_token=token)
    other.MergeFrom(REQUEST)
    other.MergeFrom(pb.ListAssetsRequest(**change))  # type: ignore[arg-type] # a table of fields
    everybody = pb.ListAllAssetsRequest(page_token=token, order_by="title", filter=REQUEST.filter)
    same = pb.ListAssetsRequest(page_token=token)
    same.MergeFrom(REQUEST)
    for request, caller_id in ((other, ANN), (everybody, ANN), (same, BOB)):
        with pytest.raises(InvalidPageToken):
            query(request, caller_id)


@pytest.mark.parametrize("token", ["x", "é", "=", "AAAA" * 20, "A" * 5000, "../../x", "\n", "\0"])
def test_nonsense_is_no_token(token: str) -> None:
    """What never was a token is refused by name."""
    with pytest.raises(InvalidPageToken) as caught:
        query(pb.ListAssetsRequest(page_token=token))
    assert [violation.field for violation in caught.value.violations] == ["page_token"]


def test_damaged_tokens() -> None:
    """A token with any one character changed, dropped or added is refused."""
    token = TOKENS.seal(("x", "y"), binding_of(REQUEST, str(ANN)))
    for place in range(len(token)):
        changed = "A" if token[place] != "A" else "B"
        for damaged in (token[:place] + changed + token[place + 1 :], token[:place] + token[place + 1 :], token + "A"):
            request = pb.ListAssetsRequest(page_token=damaged)
            request.MergeFrom(REQUEST)
            with pytest.raises(InvalidPageToken):
                query(request)


def test_folders() -> None:
    """None narrows nothing, the empty one is the top, and one that is not in NFC is made so."""
    for narrow, given in (
        (pb.AssetFilter(), AssetFilter()),
        (pb.AssetFilter(folder=""), AssetFilter(folder="")),
        (pb.AssetFilter(folder="Cafe\u0301/b"), AssetFilter(folder="Caf\u00e9/b")),
        (pb.AssetFilter(folder="a", folder_recursive=True), AssetFilter(folder="a", in_subfolders=True)),
    ):
        assert query(pb.ListAssetsRequest(filter=narrow)).filter == given
    assert fields(pb.ListAssetsRequest(filter=pb.AssetFilter(folder="a//b"))) == ["filter.folder"]
