"""Servers of gRPC that speak TLS, on a thread of their own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from certificates import Authority


@contextmanager
def tls_servers(authority: Authority) -> Iterator[dict[bool, int]]:
    """Their ports, by whether they ask for certificates."""
    ports: dict[bool, int] = {}
    is_up, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        pair = [(authority.read("server.key"), authority.read("server.crt"))]
        servers = []
        for asks in (False, True):
            server = grpc.aio.server()
            credentials = grpc.ssl_server_credentials(pair, authority.read("ca.crt") if asks else None, asks)
            ports[asks] = server.add_secure_port("127.0.0.1:0", credentials)
            await server.start()
            servers.append(server)
        is_up.set()
        await stop.wait()
        for server in servers:
            await server.stop(None)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait()
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
