"""Page tokens that are bent, and good ones in other hands or other lists."""

from functools import partial
from random import Random
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from attacks.methods import METHODS
from attacks.scale import SCALE
from attacks.test_forged_tokens import bent
from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2, audit_pb2_grpc
from emo.service_accounts.v1 import service_accounts_pb2, service_accounts_pb2_grpc
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure_of

ASSETS: dict[str, Any] = {
    "ListAssets": assets_pb2.ListAssetsRequest,
    "ListAllAssets": assets_pb2.ListAllAssetsRequest,
    "ListFolders": assets_pb2.ListFoldersRequest,
    "SearchAssets": partial(assets_pb2.SearchAssetsRequest, query="lake"),
    "ListTrash": assets_pb2.ListTrashRequest,
    "ListTags": assets_pb2.ListTagsRequest,
    "ListPeople": assets_pb2.ListPeopleRequest,
    "ListPlaces": assets_pb2.ListPlacesRequest,
    "GetTimeline": assets_pb2.GetTimelineRequest,
}
USERS: dict[str, Any] = {"ListSessions": users_pb2.ListSessionsRequest, "ListUsers": users_pb2.ListUsersRequest}
AUDIT: dict[str, Any] = {
    "ListMyActivity": audit_pb2.ListMyActivityRequest, "ListAuditEvents": audit_pb2.ListAuditEventsRequest,
}  # fmt: skip
SERVICES: dict[str, Any] = {"ListServiceAccounts": service_accounts_pb2.ListServiceAccountsRequest}
LISTS = ASSETS | USERS | AUDIT | SERVICES
INVALID = "INVALID_ARGUMENT INVALID_PAGE_TOKEN"


def test_every_list_is_tried() -> None:
    """An RPC that takes a page token is among those whose tokens are tried below."""
    assert {method.name for method in METHODS if "page_token" in method.input_type.fields_by_name} == set(LISTS)


async def test_bent_and_borrowed_page_tokens(any_vault: Vault) -> None:
    """A page token opens the next page of the list of the one it was given to, and nothing else."""
    people = [await any_vault.person(name, Role.ADMIN) for name in ("ana", "ben")]
    for person in people:
        await any_vault.logged_in(("ana", "ben")[people.index(person)], person.user_id)
        for number, name in enumerate("ab"):
            await _keep_two(person, name, Timestamp(seconds=number * 40_000_000))
    given = {(index, name): await _next(people[index], name) for index in (0, 1) for name in LISTS}
    for (index, name), token in given.items():
        assert await _answer(people[index], name, token) == "OK"
        random = Random(f"{SCALE.seed} {name}")
        borrowed = (other for (whose, of), other in given.items() if (whose == index) != (of == name))
        for other in (*bent(token, random), *borrowed):
            if other != token:
                assert await _answer(people[index], name, other) == INVALID, f"{name} {other}, seed {SCALE.seed}"


async def _keep_two(person: Person, name: str, event_date: Timestamp) -> None:
    """One of two assets for each list, in the trash and not, and one of two services."""
    said: dict[str, Any] = {"folder": name, "tags": [name], "people": [name], "location": name}
    await person.create(**said, event_date=event_date)
    delete = assets_pb2.DeleteAssetRequest(asset_id=await person.create())
    await person.call("DeleteAsset", delete)
    account = service_accounts_pb2.ServiceAccount(name=f"{name}-{person.user_id[:23]}")
    create = service_accounts_pb2.CreateServiceAccountRequest(service_account=account)
    await _services(person).CreateServiceAccount(create, metadata=person.metadata)


async def _next(person: Person, name: str) -> str:
    answer: Any = await _call(person, name, LISTS[name](page_size=1))
    token = str(answer.next_page_token)
    assert token
    return token


async def _answer(person: Person, name: str, token: str) -> str:
    try:
        await _call(person, name, LISTS[name](page_size=1, page_token=token))
    except grpc.RpcError as error:
        return failure_of(error).brief
    return "OK"


def _call(person: Person, name: str, request: Message) -> Any:
    audit: Any = audit_pb2_grpc.AuditServiceStub(person.channel)
    stubs = {**dict.fromkeys(AUDIT, audit), **dict.fromkeys(ASSETS, person.stub), **dict.fromkeys(USERS, person.users)}
    return getattr(stubs.get(name) or _services(person), name)(request, metadata=person.metadata)


def _services(person: Person) -> Any:
    return service_accounts_pb2_grpc.ServiceAccountsServiceStub(person.channel)
