"""The gRPC server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import grpc

from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.accept_loop import AcceptLoop
from emo_grpc.shared.entrypoints.admission.call_rate import CallRate
from emo_grpc.shared.entrypoints.admission.control import LAST_NEWS, Admission
from emo_grpc.shared.entrypoints.admission.peers import Balancers
from emo_grpc.shared.entrypoints.admission.proxies import Proxies
from emo_grpc.shared.entrypoints.authentication import Authentication
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.call_audit import CallAudit
from emo_grpc.shared.entrypoints.call_traces import CallTraces
from emo_grpc.shared.entrypoints.errors.failures import AnsweredErrors
from emo_grpc.shared.entrypoints.health import EnginesOk, Health
from emo_grpc.shared.entrypoints.interceptor import CallInterceptor, CallScope, Codec
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS, Limits
from emo_grpc.shared.entrypoints.logs.call_log import CallLog
from emo_grpc.shared.entrypoints.measured_calls import MeasuredCalls
from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from emo_grpc.shared.entrypoints.port import listen
from emo_grpc.shared.entrypoints.reflection import add_reflection
from emo_grpc.shared.entrypoints.tls.served_certificates import ServedCertificates, following
from emo_grpc.shared.service_layer.authentication import Authenticator
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.tracing import CallTracer

GRACE: Final = timedelta(seconds=20)
MINUTE_MS: Final = 60_000
MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""A chunk is at most 2 MiB, and every client's own default for what it receives is this much."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a contract by its full name, with its servicer and the generated function that registers it.

    `codecs`: by the method's name.
    """

    name: str
    # Any: each contract's add_…_to_server takes its own servicer, and gRPC's two kinds of server.
    servicer: Any
    add_to_server: Callable[[Any, Any], None]
    codecs: Mapping[str, Codec] = field(default_factory=dict)

    def codecs_by_path(self) -> dict[str, Codec]:
        """By the method's full path."""
        return {f"/{self.name}/{method}": codec for method, codec in self.codecs.items()}


class Server:
    """Answers on one address until it is drained."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        settings: Settings,
        authenticator: Authenticator,
        audit: CallAudit,
        engines_ok: EnginesOk,
        drain: Drain,
        limits: Limits = DEFAULT_LIMITS,
        tracer: CallTracer | None = None,
        measured: MeasuredCalls | None = None,
    ) -> None:
        self._services = services
        self._settings = settings
        self._drain = drain
        call_rate, balancers = CallRate(settings.user_calls_per_second), Balancers(settings.balancer_networks)
        self._admission = Admission(limits, drain, call_rate, balancers)
        self.health = Health([service.name for service in services], engines_ok)
        scope = _call_scope(
            self._admission,
            Authentication(authenticator, self._admission.on_authenticated, limits.session_check),
            audit,
            limits.timeouts,
        )
        if measured is not None:
            scope = measured.around(scope)
        self._server = grpc.aio.server(
            interceptors=[
                CallInterceptor(
                    scope if tracer is None else CallTraces(scope, tracer),
                    self._admission.on_request,
                    {path: codec for service in services for path, codec in service.codecs_by_path().items()},
                    limits.timeouts,
                    Proxies(settings.trusted_proxies),
                )
            ],
            options=_options(limits, shares_port=settings.emo_workers > 1),
        )

    @property
    def running_calls(self) -> int:
        """How many calls are under way."""
        return self._admission.running

    async def start(self) -> str:
        """Begin to answer; gives the address, with the port that was really taken. Raises CannotStart."""
        names = [service.name for service in self._services]
        for service in self._services:
            service.add_to_server(service.servicer, self._server)
        await self.health.add_to(self._server)
        add_reflection(self._server, (*names, Health.NAME))
        self._certificates = ServedCertificates.of(self._settings)
        port = listen(self._server, self._settings.emo_listen, self._certificates)
        self._accepting = await AcceptLoop.start(self._server)
        self._probing = asyncio.create_task(self.health.follow())
        return f"{self._settings.emo_listen.rpartition(':')[0]}:{port}"

    async def run_until(self, stop: asyncio.Event, reload: asyncio.Event | None = None) -> None:
        """Answer until `stop`, then drain. Raises AcceptLoopEnded at once, with calls still running.

        `reload`: set to have the certificates read anew; cleared when that begins.
        """
        async with following(self._certificates, reload or asyncio.Event()):
            await self._accepting.run_until(stop)
        await self.stop()

    async def stop(self, grace: timedelta = GRACE) -> None:
        """Drain: say so, take no new calls, let long ones end at a safe point, and cut what is left after `grace`."""
        self._probing.cancel()
        await self.health.go_away()
        self._drain.start()
        self._admission.end_watching()
        # gRPC leaves calls that come now without an answer until the grace is over, so it gets no more of that than
        # what is running takes.
        stopping = asyncio.create_task(self._server.stop(grace.total_seconds()))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._admission.idle(), grace.total_seconds())
            await self._server.stop(min(grace, LAST_NEWS).total_seconds())
        await stopping


def _call_scope(
    admission: Admission, authentication: Authentication, audit: CallAudit, timeouts: ClientTimeouts
) -> CallScope:
    call_log = CallLog()

    @asynccontextmanager
    async def call_scope(call: Call) -> AsyncIterator[None]:
        try:
            with call_log(call):
                async with AnsweredErrors(call, timeouts):
                    with admission(call):
                        watch, recorded = admission.watching(call) or await authentication(call), audit(call)
                        if watch is None and recorded is None:  # most calls, which are to cost next to nothing
                            yield
                        else:
                            async with watch or nullcontext(), recorded or nullcontext():
                                yield
        finally:
            if call.code is not grpc.StatusCode.OK:
                audit.note_failure(call)

    return call_scope


def _options(limits: Limits, *, shares_port: bool) -> list[tuple[str, int]]:
    return [
        # Workers of one server share its port, which their supervisor keeps for them. Any other server on the same port
        # is a mistake that must fail.
        ("grpc.so_reuseport", int(shares_port)),
        ("grpc.max_concurrent_streams", limits.streams),
        ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
        # How much of a stream gRPC reads ahead. By itself it grows that with the speed of the connection, and 64
        # uploads at once took 1.7 GB. 1 MiB is one chunk: as fast nearby, and 10 MB/s over 100 ms.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", 1024 * 1024),
        # Clients behind a NAT keep their connection open with a ping every 30 s, between calls too.
        ("grpc.http2.min_ping_interval_without_data_ms", MINUTE_MS // 2),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", MINUTE_MS // 2),
        ("grpc.keepalive_permit_without_calls", 1),
        # A client whose machine vanished sends no FIN: find out within a minute and a half, and free its calls.
        ("grpc.keepalive_time_ms", MINUTE_MS),
        ("grpc.keepalive_timeout_ms", MINUTE_MS // 2),
        # More are closed at once, so that other connections and the engines keep their descriptors.
        ("grpc.max_allowed_incoming_connections", limits.connections),
        # A connection that never speaks HTTP/2 is closed.
        ("grpc.server_handshake_timeout_ms", int(limits.handshake * 1000)),
        # Connections without calls cost memory; clients open a new one by themselves.
        ("grpc.max_connection_idle_ms", 10 * MINUTE_MS),
    ]
