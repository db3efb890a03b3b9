"""A contract made for these tests, with all four kinds of RPC, and what answers it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.wrappers_pb2 import BytesValue

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.errors import FieldViolation, InvalidArgument, NotFound, StorageFull, Unavailable
from emo_grpc.shared.entrypoints.call import current_call, current_peer, current_principal
from emo_grpc.shared.entrypoints.server import Service

NAME = "emo.trial.v1.TrialService"
KINDS = {
    "UnaryUnary": (False, False),
    "UnaryStream": (False, True),
    "StreamUnary": (True, False),
    "StreamStream": (True, True),
}
PRIVATE_STREAMS = ("PrivateUnaryStream", "PrivateStreamUnary", "PrivateStreamStream")
ACCESSES = {"Public": "PUBLIC", "User": "USER", "Fresh": "FRESH", "Admin": "ADMIN", "Undeclared": "UNSPECIFIED"}


def describe() -> None:
    """Add the contract to the pool, once."""
    pool = descriptor_pool.Default()
    file = descriptor_pb2.FileDescriptorProto(name="emo/trial/v1/trial.proto", package="emo.trial.v1", syntax="proto3")
    file.dependency.extend(["google/protobuf/wrappers.proto", "emo/options/v1/options.proto"])
    service = file.service.add(name="TrialService")
    for name, (takes_stream, gives_stream) in KINDS.items():
        _add_method(service, name, options_pb2.ACCESS_PUBLIC, takes_stream, gives_stream)
    for name, access in ACCESSES.items():
        _add_method(service, name, options_pb2.Access.Value(f"ACCESS_{access}"))
    for name in PRIVATE_STREAMS:
        _add_method(service, name, options_pb2.ACCESS_USER, *KINDS[name.removeprefix("Private")])
    try:
        pool.FindFileByName(file.name)
    except KeyError:
        pool.AddSerializedFile(file.SerializeToString())


def _add_method(
    service: descriptor_pb2.ServiceDescriptorProto,
    name: str,
    access: options_pb2.Access.ValueType,
    takes_stream: bool = False,
    gives_stream: bool = False,
) -> None:
    value = ".google.protobuf.BytesValue"
    method = service.method.add(
        name=name, input_type=value, output_type=value, client_streaming=takes_stream, server_streaming=gives_stream
    )
    method.options.Extensions[options_pb2.access] = access


ERRORS: dict[bytes, BaseException] = {
    b"not found": NotFound("no such thing", metadata={"thing": "x"}),
    b"invalid": InvalidArgument("much is wrong", [FieldViolation(f"field_{n}", "is wrong") for n in range(30)]),
    b"huge": InvalidArgument("é" * 5000, [FieldViolation("ñ" * 5000, "ç" * 5000) for _ in range(30)]),
    b"quota": StorageFull("full", quota_subject="user:1"),
    b"away": Unavailable("away"),
    b"fault": RuntimeError("secret internals"),
    b"not implemented": NotImplementedError(),
    b"stray cancel": asyncio.CancelledError(),
    b"group": ExceptionGroup("several", [ValueError("x"), NotFound("no such thing")]),
}


class TrialServicer:
    """Does what the request's bytes say: an error by its name, `wait` for ever, `flood`; anything else comes back.

    `large` waits, too; in a stream of answers after one that takes a while.
    """

    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.ended: list[str] = []
        self.waiting = asyncio.Event()
        self.acted = asyncio.Event()

    async def _act(self, name: str, request: BytesValue) -> BytesValue:
        self.acted.set()
        if request.value in ERRORS:
            raise ERRORS[request.value]
        if request.value in (b"wait", b"large"):
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                raise
        return request

    async def unary_unary(self, request: BytesValue, context: grpc.aio.ServicerContext[Any, Any]) -> BytesValue:
        if request.value == b"abort":
            await context.abort(grpc.StatusCode.CANCELLED, "by hand")
        if request.value == b"timeout":
            async with asyncio.timeout(0.05):
                await asyncio.Event().wait()
        if request.value == b"late":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise TimeoutError from None
        if request.value == b"who":
            return BytesValue(value=f"{current_peer()} {current_call().request_id}".encode())
        return await self._act("UnaryUnary", request)

    async def unary_stream(self, request: BytesValue, _: object) -> AsyncIterator[BytesValue]:
        try:
            yield BytesValue(value=bytes(3 << 20) if request.value == b"large" else b"first")
            while request.value == b"flood":
                yield BytesValue(value=bytes(1 << 20))
            yield await self._act("UnaryStream", request)
        finally:
            self.ended.append("UnaryStream")

    async def stream_unary(self, requests: AsyncIterator[BytesValue], _: object) -> BytesValue:
        values = [(await self._act("StreamUnary", request)).value async for request in requests]
        self.ended.append("StreamUnary")
        return BytesValue(value=b" ".join(values))

    async def stream_stream(self, requests: AsyncIterator[BytesValue], _: object) -> AsyncIterator[BytesValue]:
        async for request in requests:
            yield await self._act("StreamStream", request)
        self.ended.append("StreamStream")

    async def whoami(self, _request: BytesValue, _: object) -> BytesValue:
        return BytesValue(value=str(current_principal().user_id).encode())

    async def public(self, request: BytesValue, _: object) -> BytesValue:
        return request


def add_to_server(servicer: TrialServicer, server: grpc.aio.Server) -> None:
    """As a generated add_…_to_server does."""
    decode, encode = BytesValue.FromString, BytesValue.SerializeToString
    behaviours: dict[str, Any] = {
        "UnaryUnary": grpc.unary_unary_rpc_method_handler(servicer.unary_unary, decode, encode),
        "UnaryStream": grpc.unary_stream_rpc_method_handler(servicer.unary_stream, decode, encode),
        "StreamUnary": grpc.stream_unary_rpc_method_handler(servicer.stream_unary, decode, encode),
        "StreamStream": grpc.stream_stream_rpc_method_handler(servicer.stream_stream, decode, encode),
        "Public": grpc.unary_unary_rpc_method_handler(servicer.public, decode, encode),
    }
    for name in ("User", "Fresh", "Admin", "Undeclared"):
        behaviours[name] = grpc.unary_unary_rpc_method_handler(servicer.whoami, decode, encode)
    for name in PRIVATE_STREAMS:
        behaviours[name] = behaviours[name.removeprefix("Private")]
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, behaviours),))


def trial(servicer: TrialServicer) -> Service:
    """The service, for a Server."""
    describe()
    return Service(NAME, servicer, add_to_server)
