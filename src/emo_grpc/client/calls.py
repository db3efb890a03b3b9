"""Makes single calls: with the access token, and with typed errors."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message

from emo_grpc.client.errors import EmoClientError
from emo_grpc.client.idempotence import is_idempotent
from emo_grpc.client.reach.reach import Reach
from emo_grpc.client.retries import OnWait, call_with_retries, ignore_wait, telling_of_silence
from emo_grpc.client.rpc_errors import from_rpc
from emo_grpc.client.session import TokenSource
from emo_grpc.client.trace_headers import trace_headers

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response")

CALL_SECONDS: Final = 60.0
"""Longer than a backup or a check may hold a server's database; people are told that it takes up to a minute."""
CALLS_AT_ONCE: Final = 64
"""As many answers as servers of emo hold ready for one user, and far below the 256 streams of a connection.

A client at the limit of streams opens the next one when an answer ends the last, but a server of gRPC (C core, 1.83)
counts that one still, and refuses the new one (RFC 9113, section 5.1.2) with a status that says UNAVAILABLE.
"""
UNKNOWN_OUTCOME: Final = "whether it was done is not known: look before you repeat it"

CallMetadata = tuple[tuple[str, str], ...]


class Calls:
    """Makes unary calls on behalf of a session; those that are idempotent again, when the server says so.

    Of many at once, those above CALLS_AT_ONCE wait here for their turn. `timeout`: seconds for a call, all tries
    together, from its turn on. `locale` (BCP 47) is the language of the errors' sentences.
    `on_wait`: see RetryPolicy. `reach` says why no server was reached.
    """

    def __init__(
        self,
        session: TokenSource,
        *,
        timeout: float = CALL_SECONDS,
        locale: str = "",
        on_wait: OnWait = ignore_wait,
        reach: Reach | None = None,
    ) -> None:
        self.session = session
        self._reach = reach
        self._timeout = timeout
        self._on_wait = on_wait
        self._turns = asyncio.Semaphore(CALLS_AT_ONCE)
        self._language: CallMetadata = (("accept-language", locale),) if locale else ()

    async def public(self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request) -> Response:
        """Call without a token. Raises EmoClientError."""
        async with self.telling():
            return await self._call(method, request, (*self._language, *trace_headers()))

    async def authorized(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request
    ) -> Response:
        """Call with the access token; when the server finds that it has ended, once more with a new one."""
        async with self.telling():
            return await self._with_token(method, request)

    def telling(self) -> AbstractAsyncContextManager[None]:
        """Around what may fail because no server is reached: see Reach."""
        return self._reach.telling() if self._reach else nullcontext()

    async def _with_token(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request
    ) -> Response:
        token = await self.session.access_token()
        try:
            return await self._call(method, request, self.metadata(token))
        except EmoClientError as error:
            if error.reason not in self.session.renews_on:
                raise
        token = await self.session.renew(token)
        return await self._call(method, request, self.metadata(token))

    def metadata(self, token: str) -> CallMetadata:
        """What a call with this access token carries."""
        return (("authorization", f"Bearer {token}"), *self._language, *trace_headers())

    async def _call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request, metadata: CallMetadata
    ) -> Response:
        async def once(seconds: float) -> Response:
            return await method(request, timeout=seconds, metadata=metadata)

        async with self._turns:
            if is_idempotent(request):
                return await call_with_retries(once, self._timeout, self._on_wait)
            return await self._once(once)

    async def _once(self, call: Callable[[float], Awaitable[Response]]) -> Response:
        try:
            with telling_of_silence(self._on_wait):
                return await call(self._timeout)
        except grpc.aio.AioRpcError as error:
            failed = from_rpc(error)
            if failed.code is grpc.StatusCode.DEADLINE_EXCEEDED:
                failed.add_note(UNKNOWN_OUTCOME)
            raise failed from error
