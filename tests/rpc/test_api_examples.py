"""The examples of docs/api.md."""

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from scripts.api_page.examples import EXAMPLES, messages_of

from attacks.methods import METHODS, path_of
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure_of

WRONG = ("INVALID_ARGUMENT", "UNDECODABLE_MESSAGE", "UPLOAD_PROTOCOL_VIOLATION", "NOT_IMPLEMENTED")
"""Reasons of errors in an example itself. That there is no such asset is none."""


@pytest.fixture
async def admin(vault: Vault) -> Person:
    return await vault.person("root", Role.USER, Role.ADMIN)


async def answer(person: Person, method: MethodDescriptor) -> str:
    """The reason of the error that comes of the example; empty if it is none."""
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    kind = "stream_stream"  # any RPC is one on the wire
    call: Any = getattr(person.channel, kind)(
        path_of(method), request_serializer=request.SerializeToString, response_deserializer=response.FromString
    )
    messages = [ParseDict(dict(message), request()) for message in messages_of(EXAMPLES[method.name])]
    try:
        async for _ in call(iter(messages), metadata=person.metadata, timeout=30):
            pass
    except grpc.aio.AioRpcError as error:
        return failure_of(error).reason
    return ""


async def test_no_example_is_refused_for_its_form(admin: Person) -> None:
    """What people copy is right but for ids and secrets, which they have others of. What ends the login comes last."""
    methods = sorted(METHODS, key=lambda method: method.name == "DeleteMe")
    refused = {method.name: await answer(admin, method) for method in methods}
    assert {name: reason for name, reason in refused.items() if reason in WRONG} == {}
    assert refused["CreateAsset"] == refused["CreateUser"] == refused["ListAssets"] == ""
