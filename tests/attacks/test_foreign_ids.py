"""Ids of other people's things, in every field of every RPC that takes one."""

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from attacks.methods import METHODS, path_of
from emo.assets.v1 import assets_pb2
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.vault import PART, Person, Vault, failure_of, some_bytes

OWN_WORDS = {"request_id", "device_id"}
"""Ids that a caller makes up, and that name nothing of anybody."""
NEVER = "00000000-0000-4000-8000-000000000000"
"""The id of nothing."""
LETS_PASS = {"CreateAsset", "UpdateMe"}
"""The server says what the id is, whatever the request says."""
PART_OF_ADMINS = {
    "GetUser", "SetUserState", "SetUserRoles", "RemoveUser", "ListAllAssets", "CreateServiceAccount",
    "GetServiceAccount", "UpdateServiceAccount", "RemoveServiceAccount", "CreateServiceKey", "RevokeServiceKey",
    "ListAuditEvents",
}  # fmt: skip
"""May name anybody, and are not for others."""

Path = tuple[str, ...]


def id_fields(message: Descriptor) -> list[Path]:
    """The names that lead to each id in a request."""
    found: list[Path] = []
    for field in message.fields:
        if field.name.endswith(("_id", "_ids")) and field.name not in OWN_WORDS:
            found.append((field.name,))
        elif field.message_type is not None and field.message_type.file.package.startswith("emo."):
            found += [(field.name, *path) for path in id_fields(field.message_type)]
    return found


TARGETS = [(method, path) for method in METHODS for path in id_fields(method.input_type)]


def test_every_id_is_found() -> None:
    """An RPC about one thing has an id among the fields that are tried below."""
    assert {method.name for method, _ in TARGETS} == LETS_PASS | PART_OF_ADMINS | {
        "UploadAsset", "GetUploadStatus", "CancelUpload", "DownloadAsset", "GetAsset", "UpdateAsset", "DeleteAsset",
        "BatchGetAssets", "BatchUpdateAssets", "BatchDeleteAssets", "BatchRestoreAssets", "RestoreAsset", "PurgeAsset",
        "RevokeSession", "ExchangeToken",
    }  # fmt: skip


@pytest.mark.parametrize("role", Role)
async def test_foreign_ids(any_vault: Vault, role: Role) -> None:
    """Everything of somebody else answers as what never was, in every field of every RPC, and stays as it is."""
    bob, mallory = await any_vault.person("bob"), await any_vault.person("mallory", role)
    ready, begun = await bob.stored(b"abc"), await bob.paused(some_bytes(PART), PART + 1)
    deleted = await bob.stored(b"def")
    await bob.call("DeleteAsset", assets_pb2.DeleteAssetRequest(asset_id=deleted))
    sessions: Any = await bob.users.ListSessions(users_pb2.ListSessionsRequest(), metadata=bob.metadata)
    foreign = [ready, begun, deleted, bob.user_id, *(session.session_id for session in sessions.sessions)]
    tried = [each for each in TARGETS if role is Role.USER or each[0].name not in PART_OF_ADMINS]
    for method, path in tried:
        never = await _answer(mallory, method, path, NEVER)
        assert (never == "OK") == (method.name in LETS_PASS), method.name
        for thing in foreign:
            assert await _answer(mallory, method, path, thing) == never, (method.name, path)
    assert await bob.download(ready) == b"abc"
    assert (await bob.asset(ready)).title == "Lake"
    assert (await bob.status(begun)).persisted_size == PART
    assert (await bob.call("GetAssetStats")).total_count == 2
    assert [asset.asset_id for asset in (await bob.call("ListTrash")).assets] == [deleted]
    await bob.users.RefreshTokens(users_pb2.RefreshTokensRequest(refresh_token=bob.tokens.refresh_token))


async def _answer(person: Person, method: MethodDescriptor, path: Path, thing: str) -> str:
    """How a call that is right but for that id is answered."""
    request: Any = _right(method)
    place = request
    for name in path[:-1]:
        place = getattr(place, name)
        place = place.add() if hasattr(place, "add") else place
    if path[-1].endswith("_ids"):
        getattr(place, path[-1]).append(thing)
    else:
        setattr(place, path[-1], thing)
    try:
        if method.client_streaming:
            await person.send([request, assets_pb2.UploadAssetRequest(finish=assets_pb2.UploadFinish())])
        elif method.server_streaming:
            _ = [message async for message in person.call(method.name, request)]
        else:
            return _result(await _rpc(person, method)(request, metadata=person.metadata))
    except grpc.RpcError as error:
        return failure_of(error).brief
    return "OK"


def _result(response: Any) -> str:
    """OK, or how the only one of a batch fails."""
    results = getattr(response, "results", ())
    return "".join(f"{result.failure.code} {result.failure.reason}" for result in results) or "OK"


def _right(method: MethodDescriptor) -> Message:
    """A request that lacks only its id."""
    requests: dict[str, Message] = {
        "CreateAsset": assets_pb2.CreateAssetRequest(
            asset=assets_pb2.Asset(title="mine", file=assets_pb2.File(name="x"))
        ),
        "UpdateAsset": assets_pb2.UpdateAssetRequest(asset=assets_pb2.Asset(title="mine")),
        "BatchUpdateAssets": assets_pb2.BatchUpdateAssetsRequest(asset=assets_pb2.Asset(title="mine")),
        "SetUserState": users_pb2.SetUserStateRequest(state=users_pb2.USER_STATE_DISABLED),
        "SetUserRoles": users_pb2.SetUserRolesRequest(roles=[users_pb2.ROLE_ADMIN]),
    }
    return requests.get(method.name) or GetMessageClass(method.input_type)()


def _rpc(person: Person, method: MethodDescriptor) -> Any:
    answer = GetMessageClass(method.output_type)
    request = GetMessageClass(method.input_type)
    return person.channel.unary_unary(path_of(method), request.SerializeToString, answer.FromString)
