"""One interceptor for all four kinds of RPC."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.call_errors import UndecodableMessage
from emo_grpc.shared.domain.errors import Unimplemented
from emo_grpc.shared.entrypoints.admission.proxies import NO_PROXIES, Proxies
from emo_grpc.shared.entrypoints.call import Call, current_call
from emo_grpc.shared.entrypoints.messages import DEFAULT_TIMEOUTS, ClientTimeouts, Context, Requests
from emo_grpc.shared.entrypoints.method import Method

# Any, here and below: the messages are of whatever type the contract says, and gRPC's own handlers are untyped.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # a text: at run time it takes no parameters
Behaviour = Callable[[Any, Context], Any]
ReadRequest = Callable[[Context], Awaitable[Any]]
CallScope = Callable[[Call], AbstractAsyncContextManager[None]]
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable["Handler | None"]]

MAX_PATH_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Codec:
    """What reads a method's requests, or writes its responses, in place of the generated code."""

    decode: Callable[[bytes], Any] | None = None
    encode: Callable[[Any], bytes] | None = None


NO_CODEC: Final = Codec()


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Runs every call inside `call_scope(call)`. `on_request` is called when its request has come; it may refuse.

    To gRPC every handler becomes one that takes a stream: so a call's concerns begin before its request is read, a
    request that never comes gets a status (gRPC itself would leave that call without one), and undecodable bytes
    are an error like any other. Every handler is a coroutine, whatever the servicer's method is.
    """

    def __init__(
        self,
        call_scope: CallScope,
        on_request: Callable[[Call], None],
        codecs: Mapping[str, Codec] | None = None,
        timeouts: ClientTimeouts = DEFAULT_TIMEOUTS,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self._call_scope = call_scope
        self._proxies = proxies
        self._on_request = on_request
        self._timeouts = timeouts
        self._codecs = dict(codecs or {})
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """The wrapped handler of the method, or one that refuses if there is no such method."""
        path = handler_call_details.method
        known = self._wrapped.get(path)
        if known is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None:  # not remembered: clients make up as many paths as they like
            return self._wrap(_unknown(path), _NO_SUCH_METHOD)
        self._wrapped[path] = self._wrap(Method.of(path), handler)
        return self._wrapped[path]

    def _wrap(self, method: Method, handler: Handler) -> Handler:
        codec = self._codecs.get(method.path, NO_CODEC)
        decode = _decoding(codec.decode or handler.request_deserializer)
        encode = _encoding(codec.encode or handler.response_serializer)
        read = _read_stream if handler.request_streaming else self._timeouts.read_one
        behaviour = _behaviour(handler)
        if handler.response_streaming:
            stream = self._wrap_behaviour(method, read, self._writing_all(behaviour))
            return grpc.stream_stream_rpc_method_handler(stream, decode, encode)

        async def answer(request: Any, context: Context) -> bytes:
            return encode(await behaviour(request, context))

        # The response is serialized inside the call, so gRPC is left nothing to do.
        return grpc.stream_unary_rpc_method_handler(self._wrap_behaviour(method, read, answer), decode, None)

    def _wrap_behaviour(self, method: Method, read: ReadRequest, respond: Behaviour) -> Behaviour:
        async def handle(_: object, context: Context) -> Any:
            call = Call(method, context, proxies=self._proxies)
            call.begin()
            async with self._call_scope(call):
                request = await read(context)
                call.request = request
                self._on_request(call)
                response = await respond(request, context)
            self._timeouts.cut_off_unless_taken(call)
            return response

        return handle

    def _writing_all(self, behaviour: Behaviour) -> Behaviour:
        async def write_all(request: Any, context: Context) -> None:
            answer = behaviour(request, context)
            if hasattr(answer, "__aiter__"):
                await self._timeouts.write_all(answer, context)
            else:  # a servicer that writes by itself
                await answer

        return write_all


def _behaviour(handler: Handler) -> Behaviour:
    behaviours: tuple[Any, ...] = (
        handler.unary_unary,
        handler.unary_stream,
        handler.stream_unary,
        handler.stream_stream,
    )
    return next(filter(None, behaviours))  # type: ignore[no-any-return] # the stubs know only handlers with threads


async def _read_stream(context: Context) -> Requests:
    return Requests(context)


def _decoding(decode: Callable[[bytes], Any] | None) -> Callable[[bytes], Any]:
    def count_and_decode(raw: bytes) -> Any:
        call = current_call()
        call.messages_in += 1
        call.bytes_in += len(raw)
        try:
            return decode(raw) if decode else raw
        except DecodeError as error:
            raise UndecodableMessage("the bytes are not a message of this RPC's request type") from error

    return count_and_decode


def _encoding(encode: Callable[[Any], bytes] | None) -> Callable[[Any], bytes]:
    def encode_and_count(message: Any) -> bytes:
        raw: bytes = encode(message) if encode else message
        call = current_call()
        call.messages_out += 1
        call.bytes_out += len(raw)
        return raw

    return encode_and_count


def _unknown(path: str) -> Method:
    return Method(path[:MAX_PATH_CHARACTERS], options_pb2.ACCESS_PUBLIC, scope="")


async def _refuse(*_: object) -> None:
    raise Unimplemented("this server has no such method")


_NO_SUCH_METHOD: Final[Handler] = grpc.stream_unary_rpc_method_handler(_refuse)
