"""A collector of traces, as OTLP over gRPC has it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

NO_PARENT = b""


@dataclass(frozen=True)
class Seen:
    """A span, and whose it is."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return self.span.name

    @property
    def trace_id(self) -> str:
        return self.span.trace_id.hex()

    @property
    def attributes(self) -> dict[str, Any]:
        return values_of(self.span.attributes)


def values_of(attributes: Any) -> dict[str, Any]:
    """Any: a repeated field of pairs whose values have many types."""
    found = {pair.key: pair.value for pair in attributes}
    return {key: getattr(value, value.WhichOneof("value")) for key, value in found.items()}


@dataclass
class Collector(TraceServiceServicer):
    """Keeps what it was sent."""

    address: str = ""
    requests: list[pb.ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process send its traces here, and soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{self.address}", "OTEL_BSP_SCHEDULE_DELAY": "50"}

    @property
    def spans(self) -> list[Seen]:
        """In the order in which they ended, for each process."""
        return [
            Seen(str(values_of(resource.resource.attributes)["service.name"]), span)
            for request in list(self.requests)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Seen]:
        return [seen for seen in self.spans if seen.name == name]

    def children_of(self, parent: Seen) -> list[Seen]:
        return [seen for seen in self.spans if seen.span.parent_span_id == parent.span.span_id]

    def Export(self, request: Any, context: Any) -> pb.ExportTraceServiceResponse:
        del context
        self.requests.append(request)
        return pb.ExportTraceServiceResponse()


@contextmanager
def running_collector(address: str = "127.0.0.1:0") -> Iterator[Collector]:
    """On threads of its own, until the block ends."""
    collector = Collector()
    with ThreadPoolExecutor(2, "collector") as threads:
        server = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
        add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call] # generated without types
        port = server.add_insecure_port(address)
        collector.address = f"127.0.0.1:{port}"
        server.start()
        try:
            yield collector
        finally:
            stopped: threading.Event = server.stop(None)
            stopped.wait()
