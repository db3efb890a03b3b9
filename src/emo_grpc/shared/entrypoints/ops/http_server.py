"""A small HTTP server for operators and their tools."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from socketserver import BaseServer, TCPServer
from typing import Any, Final

import structlog

from emo_grpc.shared.entrypoints.listening import cannot_listen
from emo_grpc.shared.entrypoints.ops.connections import Connections
from emo_grpc.shared.entrypoints.ops.page import Pages
from emo_grpc.shared.entrypoints.ops.request import RequestHandler

CUT_EVERY: Final = 0.5
"""Seconds."""


class OpsServer(ThreadingHTTPServer):
    """Answers with `pages` on threads of its own, so it needs no event loop and no engine.

    Strangers can't stop it: see Connections and RequestHandler for what each gets.
    """

    allow_reuse_port = False
    request_queue_size = 128
    block_on_close = False

    def __init__(self, family: socket.AddressFamily, where: tuple[Any, ...], pages: Pages) -> None:
        self.address_family = family
        self.pages = pages
        self.connections = Connections()
        super().__init__(where[:2], RequestHandler)

    def server_bind(self) -> None:
        """Bind, without asking DNS for our name as HTTPServer does."""
        if self.address_family is socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # as gRPC does
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self.connections.remove(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut connections whose time is over; called all the time."""
        self.connections.cut_late()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of a fault of ours. A client that went away, or was cut, is none."""
        del request, client_address
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            structlog.get_logger("emo").error("a request of an operator could not be answered", exc_info=error)


@contextmanager
def ops_server(address: str, pages: Pages) -> Iterator[str]:
    """Answer on host:port while the block runs; gives it with the port that was really taken. Raises CannotStart."""
    host, _, port = address.rpartition(":")
    try:
        family, _, _, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        server = OpsServer(family, where, pages)
    except OSError as error:
        raise cannot_listen(address, "EMO_OPS_LISTEN") from error
    with server:
        try:
            with _answering(server):
                yield f"{host}:{server.server_address[1]}"
        finally:  # no more come now
            server.connections.cut_all()


@contextmanager
def _answering(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(CUT_EVERY,), name="ops", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
