"""Page tokens that are bent, and good ones in other hands or other lists."""

from functools import partial
from random import Random
from typing import Any

import grpc
from google.protobuf.message import Message

from attacks.scale import SCALE
from attacks.test_forged_tokens import bent
from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2, audit_pb2_grpc
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure_of

ASSETS: dict[str, Any] = {
    "ListAssets": assets_pb2.ListAssetsRequest,
    "ListAllAssets": assets_pb2.ListAllAssetsRequest,
    "ListFolders": assets_pb2.ListFoldersRequest,
    "SearchAssets": partial(assets_pb2.SearchAssetsRequest, query="lake"),
}
USERS: dict[str, Any] = {"ListSessions": users_pb2.ListSessionsRequest, "ListUsers": users_pb2.ListUsersRequest}
AUDIT: dict[str, Any] = {
    "ListMyActivity": audit_pb2.ListMyActivityRequest, "ListAuditEvents": audit_pb2.ListAuditEventsRequest,
}  # fmt: skip
LISTS = ASSETS | USERS | AUDIT
INVALID = "INVALID_ARGUMENT INVALID_PAGE_TOKEN"


async def test_bent_and_borrowed_page_tokens(any_vault: Vault) -> None:
    """A page token opens the next page of the list of the one it was given to, and nothing else."""
    people = [await any_vault.person(name, Role.ADMIN) for name in ("ana", "ben")]
    for person in people:
        await any_vault.logged_in(("ana", "ben")[people.index(person)], person.user_id)
        _ = [await person.create(folder=folder) for folder in "ab"]
    given = {(index, name): await _next(people[index], name) for index in (0, 1) for name in LISTS}
    for (index, name), token in given.items():
        assert await _answer(people[index], name, token) == "OK"
        random = Random(f"{SCALE.seed} {name}")
        bad = [*bent(token, random), *(other for place, other in given.items() if place != (index, name))]
        for other in bad:
            if other != token:
                assert await _answer(people[index], name, other) == INVALID, f"{name} {other}, seed {SCALE.seed}"


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
    stub = audit if name in AUDIT else person.stub if name in ASSETS else person.users
    return getattr(stub, name)(request, metadata=person.metadata)
