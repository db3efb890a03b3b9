"""What a server says of itself, before anybody has logged in."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from google.protobuf.message import Message

from attacks.methods import FILES, METHODS
from emo.assets.v1 import assets_pb2
from emo.server.v1 import server_pb2 as pb
from emo.server.v1.server_pb2_grpc import ServerServiceStub
from emo.users.v1 import users_pb2
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from rpc.vault import PASSWORD, Person, Vault, failure

PAGED = {method.name for method in METHODS if "page_size" in method.input_type.fields_by_name} | {"GetTagCloud"}


@pytest.fixture
async def info(vault: Vault) -> pb.GetServerInfoResponse:
    return await ServerServiceStub(vault.channel()).GetServerInfo(pb.GetServerInfoRequest())


async def test_it_answers_anybody_with_all_there_is(info: pb.GetServerInfoResponse) -> None:
    """No limit is left out, which would say that there is none; every service is named, and every list."""
    for group, limits in info.limits.ListFields():
        if isinstance(limits, Message):
            assert {field.name for field, _ in limits.ListFields()} == set(limits.DESCRIPTOR.fields_by_name), group.name
    assert {field.name for field, _ in info.limits.ListFields()} == set(pb.Limits.DESCRIPTOR.fields_by_name)
    assert info.version
    assert list(info.packages) == sorted(file.package for file in FILES if file.services_by_name)
    assert set(info.limits.pages) == PAGED
    assert info.languages[0] == "en"


async def test_it_is_the_same_for_all(vault: Vault, alice: Person, info: pb.GetServerInfoResponse) -> None:
    """Who is logged in is told nothing else, and nothing in it is of anybody."""
    stub = ServerServiceStub(vault.channel())
    assert await stub.GetServerInfo(pb.GetServerInfoRequest(), metadata=alice.metadata) == info
    assert alice.user_id not in str(info)


async def test_features_follow_the_settings(info: pb.GetServerInfoResponse) -> None:
    """What the operator has chosen is told."""
    assert info.features.password_login
    assert not info.features.mail
    assert not info.features.trusted_issuers


def described(limits: pb.AssetLimits, more: int) -> dict[str, assets_pb2.Asset]:
    """For each limit an asset that is at it, or over it by `more`, by the field that is."""
    kind = "text/" + "x" * (limits.max_content_type_characters - 5 + more)
    fields: dict[str, dict[str, Any]] = {
        "asset.title": {"title": "t" * (limits.max_title_characters + more)},
        "asset.description": {"description": "d" * (limits.max_description_characters + more)},
        "asset.location": {"location": "l" * (limits.max_location_characters + more)},
        "asset.tags": {"tags": map(str, range(limits.max_tags + more))},
        "asset.tags[0]": {"tags": ["t" * (limits.max_tag_characters + more)]},
        "asset.people": {"people": map(str, range(limits.max_people + more))},
        "asset.people[0]": {"people": ["p" * (limits.max_person_characters + more)]},
        "asset.file.name": {"file": {"name": "n" * (limits.max_file_name_characters + more), "size_bytes": 1}},
        "asset.file.content_type": {"file": {"name": "a", "content_type": kind, "size_bytes": 1}},
    }
    usual = {"title": "t", "file": {"name": "a", "size_bytes": 1}}
    return {name: assets_pb2.Asset(**(usual | given)) for name, given in fields.items()}


async def test_assets_are_taken_up_to_the_told_limits(alice: Person, info: pb.GetServerInfoResponse) -> None:
    """Whoever keeps to them is not refused; one more, and the field is named."""
    for field, asset in described(info.limits.assets, 0).items():
        created = await alice.call("CreateAsset", assets_pb2.CreateAssetRequest(asset=asset))
        assert created.asset_id, field
    for field, asset in described(info.limits.assets, 1).items():
        refused = await failure(alice.call("CreateAsset", assets_pb2.CreateAssetRequest(asset=asset)))
        assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", [field])


UNGUESSABLE = Random(7).randbytes(99).hex()
REGISTERED: list[tuple[str, Callable[[pb.AccountLimits, int], dict[str, str]]]] = [
    ("username", lambda limits, more: {"username": "u" * (limits.max_username_characters + more)}),
    ("username", lambda limits, more: {"username": "u" * (limits.min_username_characters - more)}),
    ("password", lambda limits, more: {"password": UNGUESSABLE[: limits.max_password_characters + more]}),
    ("password", lambda limits, more: {"password": UNGUESSABLE[: limits.min_password_characters - more]}),
    ("public_name", lambda limits, more: {"public_name": "p" * (limits.max_public_name_characters + more)}),
    ("locale", lambda limits, more: {"locale": ("en" + "-abcdefgh" * 9)[: limits.max_locale_characters + more]}),
]


@pytest.mark.parametrize(("field", "change"), REGISTERED)
async def test_accounts_are_made_up_to_the_told_limits(
    vault: Vault,
    info: pb.GetServerInfoResponse,
    field: str,
    change: Callable[[pb.AccountLimits, int], dict[str, str]],
) -> None:
    """As with assets."""
    users: Any = UsersServiceStub(vault.channel())
    given = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    over, at = (users_pb2.RegisterUserRequest(**(given | change(info.limits.accounts, more))) for more in (1, 0))
    assert (await failure(users.RegisterUser(over))).fields == [field]
    assert (await users.RegisterUser(at)).user_id
