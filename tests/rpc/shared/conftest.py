"""A real server on a free port."""

from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue
from structlog.testing import capture_logs

from emo_grpc.settings import Settings
from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.errors import TokenInvalid, Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import Caller, Principal
from emo_grpc.shared.entrypoints.call_audit import CallAudit
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.shared.entrypoints.measured_calls import MeasuredCalls
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.shared.service_layer.drain import Drain
from rpc.shared.trial_service import NAME, TrialServicer, trial

USER = UserId(UUID(int=1))
SESSION = UUID(int=2)
PRINCIPALS = {
    "user": Principal(USER, SESSION),
    "fresh": Principal(USER, SESSION, is_fresh=True),
    "admin": Principal(USER, SESSION, is_admin=True),
    "scoped": Principal(USER, SESSION, is_fresh=True, is_admin=True, scopes=frozenset({"trial"})),
    "elsewhere": Principal(USER, SESSION, is_fresh=True, is_admin=True, scopes=frozenset({"assets"})),
}


class NamedTokens:
    """Knows the tokens that are names of PRINCIPALS. `confirm` raises the `answers`, one after the other."""

    def __init__(self) -> None:
        self.answers: list[Exception] = []
        self.asked: list[Caller] = []

    async def authenticate(self, access_token: str, peer: str) -> Caller:
        del peer
        if access_token not in PRINCIPALS:
            raise TokenInvalid("no such token")
        return PRINCIPALS[access_token]

    async def confirm(self, principal: Caller, peer: str) -> None:
        del peer
        self.asked.append(principal)
        if self.answers:
            raise self.answers.pop(0)


class Trial:
    """A server of the trial contract with a channel to it."""

    def __init__(
        self, server: Server, servicer: TrialServicer, address: str, drain: Drain, tokens: NamedTokens
    ) -> None:
        self.tokens = tokens
        self.server = server
        self.servicer = servicer
        self.address = address
        self.drain = drain
        self.engines_are_ok = True
        self.channel = grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])

    def path(self, name: str) -> str:
        return f"/{NAME}/{name}"

    def stub(self, kind: str, path: str) -> Any:
        """What calls a path with bytes."""
        return getattr(self.channel, kind)(path)

    # Any: what a call gives depends on its kind.
    def call(self, name: str, *values: bytes, raw: bool = False, **options: Any) -> Any:
        """Call an RPC with these values; `raw` sends them as they are in place of messages."""
        kind = {"UnaryStream": "unary_stream", "StreamUnary": "stream_unary", "StreamStream": "stream_stream"}
        shape = name.removeprefix("Private")
        make = getattr(self.channel, kind.get(shape, "unary_unary"))
        method = make(self.path(name), None if raw else BytesValue.SerializeToString, BytesValue.FromString)
        requests = list(values) if raw else [BytesValue(value=value) for value in values]
        return method(requests if shape.startswith("Stream") else requests[0], **options)

    async def answers(self, name: str, *values: bytes, raw: bool = False, **options: Any) -> list[bytes]:
        """All values that an RPC of any kind answers."""
        call = self.call(name, *values, raw=raw, **options)
        if name.endswith("Stream"):
            return [message.value async for message in call]
        return [(await call).value]


class NoTrail:
    """Keeps no entries."""

    async def write(self, entry: AuditEntry) -> None:
        """Forget it."""

    def note(self, entry: AuditEntry) -> None:
        """Forget it."""


Serving = Callable[..., AbstractAsyncContextManager[Trial]]


@asynccontextmanager
async def serving_trial(
    limits: Limits | None = None, *, engines_are_ok: bool = True, measured: MeasuredCalls | None = None, **settings: Any
) -> AsyncIterator[Trial]:
    servicer, drain, tokens = TrialServicer(), Drain(), NamedTokens()
    found: Trial | None = None

    async def engines_ok() -> bool:
        if not (found.engines_are_ok if found else engines_are_ok):
            raise Unavailable("away")
        return True

    server = Server(
        [trial(servicer)],
        settings=Settings(_env_file=None, **{"emo_listen": "127.0.0.1:0"} | settings),
        authenticator=tokens,
        audit=CallAudit(NoTrail(), utc_now),
        engines_ok=engines_ok,
        drain=drain,
        limits=limits or Limits(),
        measured=measured,
    )
    address = await server.start()
    found = Trial(server, servicer, address, drain, tokens)
    try:
        yield found
    finally:
        await found.channel.close()
        await server.stop(timedelta(0))


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """Log lines as they are written."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
async def trial_server(tmp_path: Path) -> AsyncIterator[Trial]:
    async with serving_trial(data_folder=tmp_path) as found:
        yield found
