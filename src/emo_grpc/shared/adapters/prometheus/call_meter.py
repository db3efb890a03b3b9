"""How calls go."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from emo_grpc.shared.adapters.prometheus.tally import BulkHistogram
from emo_grpc.shared.service_layer.meters import CallTally, Rpc

RPC: Final = ("grpc_type", "grpc_service", "grpc_method")
SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
REFUSED: Final = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "FAILED_PRECONDITION", "NOT_FOUND"})
THROTTLED: Final = ("RATE_LIMITED", "LOGIN_THROTTLED", "TOO_MANY_CALLS")
LOGINS: Final = {
    ("emo.users.v1.UsersService", "Login"): "password",
    ("emo.users.v1.UsersService", "ExchangeToken"): "token",
    ("emo.users.v1.UsersService", "RefreshTokens"): "refresh",
}
"""The RPCs that let somebody in, by what they show for it."""


class _Series:
    """Those of one RPC. `ended`: by status code."""

    __slots__ = ("bytes_in", "bytes_out", "ended", "messages_in", "messages_out", "started", "way")

    def __init__(self, meter: "PrometheusCallMeter", rpc: Rpc) -> None:
        labels = (rpc.kind, rpc.service, rpc.method)
        self.started = meter.started.labels(*labels)
        self.messages_in = meter.messages_in.labels(*labels)
        self.messages_out = meter.messages_out.labels(*labels)
        self.bytes_in = meter.bytes_in.labels(*labels)
        self.bytes_out = meter.bytes_out.labels(*labels)
        self.ended: dict[str, tuple[Counter, BulkHistogram]] = {}
        self.way = LOGINS.get((rpc.service, rpc.method))


class PrometheusCallMeter:
    """The names are those of go-grpc-prometheus, which dashboards know; bytes are beside its messages."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        self.started = counter("grpc_server_started_total", "Calls begun.", *RPC)
        self.handled = counter("grpc_server_handled_total", "Calls ended, by status code.", *RPC, "grpc_code")
        self.messages_in = counter("grpc_server_msg_received_total", "Messages received.", *RPC)
        self.messages_out = counter("grpc_server_msg_sent_total", "Messages sent.", *RPC)
        self.bytes_in = counter("grpc_server_msg_received_bytes_total", "Bytes of messages received.", *RPC)
        self.bytes_out = counter("grpc_server_msg_sent_bytes_total", "Bytes of messages sent.", *RPC)
        self.seconds = BulkHistogram(
            "grpc_server_handling_seconds",
            "Seconds from the beginning of a call to its end, by status code.",
            (*RPC, "grpc_code"),
            buckets=SECONDS,
            registry=registry,
        )
        self.logins = counter("emo_logins_total", "Logins, by what was shown and how it went.", "way", "result")
        self.throttled = counter("emo_throttled_calls_total", "Calls refused for there being too many.", "reason")
        for reason in THROTTLED:
            self.throttled.labels(reason)
        self._series: dict[Rpc, _Series] = {}

    def add(self, rpc: Rpc, tally: CallTally) -> None:
        """See CallMeter."""
        series = self._of(rpc)
        series.started.inc(tally.begun)
        if tally.messages_in:
            series.messages_in.inc(tally.messages_in)
            series.bytes_in.inc(tally.bytes_in)
        if tally.messages_out:
            series.messages_out.inc(tally.messages_out)
            series.bytes_out.inc(tally.bytes_out)
        for (code, reason), seconds in tally.ended.items():
            self._add_ended(rpc, series, code, seconds)
            if reason in THROTTLED:
                self.throttled.labels(reason).inc(len(seconds))
            if series.way is not None:
                self.logins.labels(series.way, _result(code, reason)).inc(len(seconds))

    def _add_ended(self, rpc: Rpc, series: _Series, code: str, seconds: Sequence[float]) -> None:
        ended = series.ended.get(code)
        if ended is None:
            labels = (rpc.kind, rpc.service, rpc.method, code)
            ended = series.ended[code] = self.handled.labels(*labels), self.seconds.labels(*labels)
        ended[0].inc(len(seconds))
        ended[1].add(seconds)

    def _of(self, rpc: Rpc) -> _Series:
        series = self._series.get(rpc)
        if series is None:
            series = self._series[rpc] = _Series(self, rpc)
        return series


def _result(code: str, reason: str) -> str:
    if code == "OK":
        return "ok"
    if reason in THROTTLED:
        return "throttled"
    return "refused" if code in REFUSED else "error"
