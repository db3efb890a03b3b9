"""Every RPC has its method."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from google.protobuf.json_format import MessageToDict

from emo.assets.v1.assets_pb2 import DESCRIPTOR as ASSETS
from emo.assets.v1.assets_pb2 import (
    Asset,
    AssetFilter,
    BatchDeleteAssetsRequest,
    BatchRestoreAssetsRequest,
    BatchUpdateAssetsRequest,
)
from emo.service_accounts.v1.service_accounts_pb2 import DESCRIPTOR as SERVICE_ACCOUNTS
from emo.service_accounts.v1.service_accounts_pb2 import ServiceAccount
from emo.users.v1.users_pb2 import DESCRIPTOR as USERS
from emo.users.v1.users_pb2 import ROLE_ADMIN, USER_STATE_DISABLED, User
from emo_grpc.client import EmoClient, EmoClientError
from unit.client.fake_server import PASSWORD, World

ID = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"
Call = Callable[[EmoClient], Awaitable[object]]

CALLS: dict[str, tuple[Call, dict[str, object]]] = {
    "ActivateUser": (lambda c: c.users.activate("token"), {"activation_token": "token"}),
    "ResendActivation": (lambda c: c.users.resend_activation("a@b"), {"email": "a@b"}),
    "RequestPasswordReset": (lambda c: c.users.request_password_reset("a@b"), {"email": "a@b"}),
    "ResetPassword": (lambda c: c.users.reset_password("t", "new"), {"reset_token": "t", "new_password": "new"}),
    "ChangePassword": (lambda c: c.users.change_password("old", "new"), {"old_password": "old", "new_password": "new"}),
    "RequestEmailChange": (lambda c: c.users.request_email_change("a@b"), {"new_email": "a@b"}),
    "ConfirmEmailChange": (lambda c: c.users.confirm_email_change("t"), {"confirmation_token": "t"}),
    "UndoEmailChange": (lambda c: c.users.undo_email_change("t"), {"undo_token": "t"}),
    "DeleteMe": (lambda c: c.users.delete_me("old"), {"password": "old"}),
    "ListUsers": (lambda c: c.users.list_users(page_size=5), {"page_size": 5}),
    "GetUser": (lambda c: c.users.get_user(ID), {"user_id": ID}),
    "SetUserState": (
        lambda c: c.users.set_user_state(ID, USER_STATE_DISABLED),
        {"user_id": ID, "state": "USER_STATE_DISABLED"},
    ),
    "SetUserRoles": (lambda c: c.users.set_user_roles(ID, [ROLE_ADMIN]), {"user_id": ID, "roles": ["ROLE_ADMIN"]}),
    "RemoveUser": (lambda c: c.users.remove_user(ID, "spam"), {"user_id": ID, "reason": "spam"}),
    "CreateUser": (
        lambda c: c.users.create_user("ann", "a@b", public_name="Ann", request_id=ID),
        {"username": "ann", "email": "a@b", "public_name": "Ann", "request_id": ID},
    ),
    "CreateServiceAccount": (
        lambda c: c.service_accounts.create(ServiceAccount(name="printer"), request_id=ID),
        {"service_account": {"name": "printer"}, "request_id": ID},
    ),
    "GetServiceAccount": (lambda c: c.service_accounts.get(ID), {"service_account_id": ID}),
    "ListServiceAccounts": (lambda c: c.service_accounts.list(page_size=5), {"page_size": 5}),
    "UpdateServiceAccount": (
        lambda c: c.service_accounts.update(ServiceAccount(service_account_id=ID, name="plotter"), ["name"]),
        {"service_account": {"service_account_id": ID, "name": "plotter"}, "update_mask": "name"},
    ),
    "RemoveServiceAccount": (lambda c: c.service_accounts.remove(ID), {"service_account_id": ID}),
    "CreateServiceKey": (
        lambda c: c.service_accounts.create_key(ID, datetime(2030, 1, 1, tzinfo=UTC)),
        {"service_account_id": ID, "expire_time": "2030-01-01T00:00:00Z"},
    ),
    "RevokeServiceKey": (
        lambda c: c.service_accounts.revoke_key(ID, ID),
        {"service_account_id": ID, "key_id": ID},
    ),
    "BatchGetAssets": (lambda c: c.assets.get_many([ID]), {"asset_ids": [ID]}),
    "BatchUpdateAssets": (
        lambda c: c.assets.update_many(BatchUpdateAssetsRequest(asset_ids=[ID], add_tags=["sea"], request_id=ID)),
        {"asset_ids": [ID], "add_tags": ["sea"], "request_id": ID},
    ),
    "BatchDeleteAssets": (
        lambda c: c.assets.delete_many(BatchDeleteAssetsRequest(asset_ids=[ID], request_id=ID)),
        {"asset_ids": [ID], "request_id": ID},
    ),
    "BatchRestoreAssets": (
        lambda c: c.assets.restore_many(BatchRestoreAssetsRequest(asset_ids=[ID], request_id=ID)),
        {"asset_ids": [ID], "request_id": ID},
    ),
    "SearchAssets": (
        lambda c: c.assets.search_page("lake", narrow=AssetFilter(tags=["sea"]), page_size=5, page_token="1"),
        {"query": "lake", "filter": {"tags": ["sea"]}, "page_size": 5, "page_token": "1"},
    ),
    "ListAllAssets": (
        lambda c: c.assets.list_everybodys(owner_id=ID, narrow=AssetFilter(tags=["sea"]), order_by="title"),
        {"owner_id": ID, "filter": {"tags": ["sea"]}, "order_by": "title"},
    ),
}


@pytest.mark.parametrize("rpc", CALLS)
async def test_each_call_sends_what_it_is_given(client: EmoClient, world: World, rpc: str) -> None:
    """The request has just the fields of the arguments."""
    call, expected = CALLS[rpc]
    await call(client)
    assert world.calls[-1] == rpc
    assert MessageToDict(world.requests[-1], preserving_proto_field_name=True) == expected


async def test_the_calls_that_the_fake_understands(client: EmoClient, world: World) -> None:
    """What goes in comes out again."""
    await client.users.update_me(User(public_name="Ann"), ["public_name"])
    assert (await client.users.get_me()).public_name == "Ann"
    asset_id = world.store(b"x")
    await client.assets.update(Asset(asset_id=asset_id, title="New"), ["title"])
    assert (await client.assets.get(asset_id)).title == "New"
    assert (await client.assets.upload_status(asset_id)).complete
    assert [tag.tag for tag in await client.assets.tag_cloud(1)] == ["sea"]
    await client.assets.cancel_upload(asset_id)
    await client.assets.delete(asset_id)
    assert world.assets == {}


async def test_many_assets_come_in_as_many_answers_as_they_need(client: EmoClient, world: World) -> None:
    """What an answer had no room for is asked for again; a server that gives none of it is not asked for ever."""
    asset_ids = [*(world.store(b"x") for _ in range(5)), ID]
    world.batch_room = 4
    results = await client.assets.get_many(asset_ids)
    assert [result.asset_id for result in results] == asset_ids
    assert [result.HasField("asset") for result in results] == [*[True] * 5, False]
    assert world.calls[-2:] == ["BatchGetAssets"] * 2
    assert await client.assets.get_many([]) == []
    world.batch_room = 0
    with pytest.raises(EmoClientError, match="none of the assets"):
        await client.assets.get_many(asset_ids)


async def test_the_trash(client: EmoClient, world: World) -> None:
    """Into it, out of it, and to an end there, by one, or by some at a time; all pages of it are shown."""
    world.trash_lifetime = timedelta(days=30)
    asset_ids = [world.store(b"x") for _ in range(4)]
    for asset_id in asset_ids:
        await client.assets.delete(asset_id)
    found = [asset.asset_id async for page in client.assets.list_trash_pages(page_size=3) for asset in page.assets]
    assert found == asset_ids
    await client.assets.restore(asset_ids[0])
    await client.assets.purge(asset_ids[1])
    assert (await client.assets.empty_trash()).more
    await client.assets.empty_trash()
    assert list(world.assets) == asset_ids[:1]
    assert len({UUID(request_id) for request_id in world.request_ids}) == 2


async def test_what_may_be_sent_again_is_made_once(client: EmoClient, world: World) -> None:
    """A request that makes something has an id of its own, so that sending it again makes no second one."""
    await client.assets.create(Asset(title="Lake"))
    await client.assets.create(Asset(title="Lake"))
    await client.users.register("bob", "bob@example.org", PASSWORD)
    assert len({UUID(request_id) for request_id in world.request_ids}) == 3
    for _ in range(2):
        await client.assets.update_many(BatchUpdateAssetsRequest(asset_ids=[ID], add_tags=["sea"]))
        await client.assets.delete_many(BatchDeleteAssetsRequest(asset_ids=[ID]))
    sent = [request for request in world.requests if "Batch" in type(request).__name__]
    assert len({str(UUID(getattr(request, "request_id"))) for request in sent}) == 4  # noqa: B009 - of any message


def test_no_rpc_is_forgotten() -> None:
    """Every RPC of the contract is called by a test of the client."""
    elsewhere = {
        *("RegisterUser", "Login", "RefreshTokens", "Logout", "GetMe", "UpdateMe", "ListSessions", "RevokeSession"),
        *("CreateAsset", "UploadAsset", "GetUploadStatus", "CancelUpload", "DownloadAsset", "GetAsset", "ListAssets"),
        "ExchangeToken",
        *("UpdateAsset", "DeleteAsset", "GetAssetStats", "GetTagCloud"),
        *(
            "RestoreAsset",
            "PurgeAsset",
            "EmptyTrash",
            "ListTrash",
            "ListFolders",
            "MoveFolder",
            "ListTags",
            "ListPeople",
        ),
        *("ListPlaces", "GetTimeline", "RenameTag", "RenamePerson", "RenamePlace"),
    }
    contract = {
        method.name
        for file in (USERS, SERVICE_ACCOUNTS, ASSETS)
        for service in file.services_by_name.values()
        for method in service.methods
    }
    assert contract == elsewhere | set(CALLS)
