"""What a server used while a client in C called it."""

from dataclasses import dataclass

from benchmarks.native_client import NativeCalls, NativeClient
from benchmarks.servers import ServerProcess


@dataclass(frozen=True)
class Sample:
    """Of all calls together: seconds on the wall, those of processors, and how often the server waited."""

    seconds: float
    processor_seconds: float = 0
    waits: int = 0
    client_seconds: float = 0


def watched(client: NativeClient, server: ServerProcess, token: str, calls: NativeCalls, least: int = 0) -> Sample:
    """Make calls that are answered with so many bytes at least, and look at the server before and after."""
    processor, waits = server.processor_seconds(), server.waits()
    answered = client.run(server.target, token, calls)
    processor, waits = server.processor_seconds() - processor, server.waits() - waits
    if answered.size < least:
        raise RuntimeError(f"the server sent {answered.size} bytes")
    return Sample(answered.seconds, processor, waits, answered.client_processor_seconds)
