"""Every RPC is sent thousands of requests that no client would make."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from random import Random
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from attacks.methods import METHODS, path_of
from attacks.odd_messages import OddMessages
from attacks.scale import SCALE
from emo.users.v1 import users_pb2
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.user import Role
from rpc.services import Backend
from rpc.vault import Metadata, Person, Vault

AT_ONCE = 8
DEADLINE_SECONDS = 60
MISTAKES = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE}
"""The last one is told when an engine does not answer, and no request may seem to do that to it, twice in a row."""
MOST_MESSAGES = 6
"""Of one stream."""

Send = Callable[[list[bytes]], Awaitable[Any]]


async def test_no_request_is_a_mistake_of_ours(any_vault: Vault) -> None:
    """Whatever a request says, and whoever sends it, it gets an answer to its sender, and the next caller too."""
    user, admin = await any_vault.person("user"), await any_vault.person("root", Role.ADMIN)
    known = await _known(any_vault, user)
    callers = {"anonymous": (), "user": user.metadata, "admin": admin.metadata}
    for method in METHODS:
        for name, metadata in callers.items():
            requests = _requests(method, Random(f"{SCALE.seed} {method.name} {name}"), known)
            assert await _mistakes(any_vault, method, metadata, requests) == [], f"{name}, seed {SCALE.seed}"
            await user.users.GetMe(users_pb2.GetMeRequest(), metadata=user.metadata, timeout=DEADLINE_SECONDS)


async def _known(vault: Vault, user: Person) -> dict[str, list[str]]:
    """What may stand in the fields of that name. Nothing that would end what the user is logged in with."""
    other, printer = await vault.person("other"), await Backend.of(vault, ServicePermission.ACT_FOR_USERS)
    begun, ready, foreign = await user.create(), await user.stored(b"abc"), await other.stored(b"abc")
    asset_ids = [begun, ready, foreign, await user.create(3)]
    listed: Any = await user.call("ListAssets")
    return {
        "asset_id": asset_ids,
        "user_id": [other.user_id],
        "owner_id": [other.user_id, user.user_id],
        "session_id": [other.user_id, begun],
        "service_account_id": [str(printer.actor), begun],
        "key_id": [str(printer.key_id), begun],
        "actor_token": [printer.key, printer.key[:-1]],
        "networks": ["192.0.2.0/24", "::/0", "192.0.2.1/24"],
        "etag": [asset.etag for asset in listed.assets],
        "page_token": [""],
        "order_by": ["", "title", "create_time desc"],
        "paths": ["title", "tags", "event_date", "username", "locale"],
        "username": ["other", "ana", "ben.2"],
        "email": ["other@example.org", "ana@example.org"],
        "password": ["wrong horse"],
        "old_password": ["wrong horse"],
        "new_password": ["another horse"],
        "refresh_token": [other.tokens.refresh_token],
        "scopes": ["assets", "users"],
        "locale": ["en", "ca"],
        "request_id": ["", begun],
        "title": ["Lake"],
        "tags": ["lake", "2019"],
        "people": ["Ana"],
        "expression": ["lake OR -tags:2019", 'size > 1kB AND (event_date = 1994 OR "a*")', "folder = Photos/*"],
        "text": ["lake", "la*"],
        "event_date_from": ["1994", "1994-05"],
        "event_date_to": ["1994-05-06", "9999"],
        "present_fields": ["tags", "event_date"],
        "absent_fields": ["tags", "folder"],
        "name": ["lake.jpg"],
        "content_type": ["image/jpeg", "video/mp4"],
        "data": ["abc", "a" * 70_000],
    }


def _requests(method: MethodDescriptor, random: Random, known: dict[str, list[str]]) -> Iterator[list[bytes]]:
    """The messages of one call after the other."""
    odd = OddMessages(random, known)
    for _ in range(SCALE.odd_requests):
        count = random.randint(0, MOST_MESSAGES) if method.client_streaming else 1
        yield [odd.make(method.input_type) for _ in range(count)]


async def _mistakes(
    vault: Vault, method: MethodDescriptor, metadata: Metadata, requests: Iterator[list[bytes]]
) -> list[str]:
    """What was answered as a mistake of the server, with the bytes that made it."""
    send = _sending(vault, method, metadata)
    gate = asyncio.Semaphore(AT_ONCE)

    async def answered(messages: list[bytes]) -> Any:
        """Any: grpc's two kinds of error have no type in common that knows its code; None: it was no error."""
        try:
            await send(messages)
        except grpc.RpcError as error:
            return error
        return None

    async def mistake(messages: list[bytes]) -> str:
        async with gate:
            failed = await answered(messages)
            if failed and failed.code() == grpc.StatusCode.UNAVAILABLE:  # the machine may have been too busy
                failed = await answered(messages)
        if failed is None or failed.code() not in MISTAKES:
            return ""
        return f"{method.name} {failed.code()} {failed.details()} {[raw.hex() for raw in messages]}"

    return [found for found in await asyncio.gather(*map(mistake, requests)) if found]


def _sending(vault: Vault, method: MethodDescriptor, metadata: Metadata) -> Send:
    """Calls the method with the bytes of its messages."""
    answer = GetMessageClass(method.output_type)
    options: dict[str, Any] = {"metadata": metadata, "timeout": DEADLINE_SECONDS}
    if method.client_streaming:
        # Of grpc's client with threads: the one for asyncio may show its failed write in place of an early answer.
        upload: Any = vault.upload_channel().stream_unary(path_of(method), None, answer.FromString)
        return lambda messages: asyncio.to_thread(upload, iter(messages), **options)
    channel = vault.channel()
    if method.server_streaming:
        stream: Any = channel.unary_stream(path_of(method), None, answer.FromString)
        return lambda messages: _taken(stream(messages[0], **options))
    unary: Any = channel.unary_unary(path_of(method), None, answer.FromString)
    return lambda messages: unary(messages[0], **options)


async def _taken(answer: Any) -> None:
    async for _ in answer:
        pass
