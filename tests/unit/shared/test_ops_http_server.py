"""The HTTP server for operators: what it answers, and what nobody can make it do."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus

import pytest
from structlog.testing import capture_logs

from emo_grpc.settings import CannotStart
from emo_grpc.shared.entrypoints.ops import connections
from emo_grpc.shared.entrypoints.ops.connections import MOST
from emo_grpc.shared.entrypoints.ops.http_server import ops_server
from emo_grpc.shared.entrypoints.ops.page import Page
from emo_grpc.shared.entrypoints.ops.request import MAX_HEAD, RequestHandler
from waiting import wait_until

PATIENCE_SECONDS = 10
PAGES = {
    "/well": lambda: Page(b"all is well", max_age=timedelta(seconds=9)),
    "/ill": lambda: Page.of_facts({"ill": True}, HTTPStatus.SERVICE_UNAVAILABLE),
    "/broken": lambda: Page(str(1 // 0).encode()),
}


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is cut for being slow, so that what else cuts them shows."""
    monkeypatch.setattr(connections, "LONGEST", timedelta(hours=1))
    monkeypatch.setattr(RequestHandler, "timeout", 3600)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ops_server("127.0.0.1:0", PAGES) as found:
        yield found


def connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)


def exchange(address: str, *pieces: bytes) -> bytes:
    """All that comes back for these bytes."""
    with connected(address) as client:
        for piece in pieces:
            client.sendall(piece)
        return everything(client)


def everything(client: socket.socket) -> bytes:
    answer = b""
    while piece := client.recv(65536):
        answer += piece
    return answer


def is_over(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def ask(address: str, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    client = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
    client.request(method, path)
    answer = client.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    client.close()
    return found


def test_a_page(address: str) -> None:
    """GET gives it with its type, and for how long it may be kept; HEAD all but its body; a query changes nothing."""
    for path in ("/well", "/well?x=1"):
        status, fields, body = ask(address, path)
        assert (status, body, fields["cache-control"]) == (200, b"all is well", "public, max-age=9")
        assert (fields["content-length"], fields["content-type"]) == ("11", "text/plain; charset=utf-8")
    status, fields, body = ask(address, "/well", "HEAD")
    assert (status, body, fields["content-length"]) == (200, b"", "11")


def test_what_is_not_well(address: str) -> None:
    """The status says it, and the body what it is; nobody may keep that."""
    status, fields, body = ask(address, "/ill")
    assert (status, fields["cache-control"], body) == (503, "no-store", b'{"ill": true}\n')


def test_a_page_that_can_not_be_made(address: str) -> None:
    """That is a 500 without a reason, an error in the log, and no harm to the next page."""
    with capture_logs() as lines:
        assert ask(address, "/broken")[0] == 500
        assert ask(address, "/well")[0] == 200
    assert [line["log_level"] for line in lines] == ["error"]


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /evil<script> HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.0",
        b"POST /well HTTP/1.1",
        b"EVIL /well HTTP/1.1",
        b"TRACE /well HTTP/1.1",
        b"CONNECT evil:1 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET /well HTTP/evil",
        b"GET /well HTTP/9.9",
        b"GET evil",
        b"evil",
        b"\x16\x03\x01\x02\x00evil",
        b"PRI * HTTP/2.0",
        b"GET http://evil/well HTTP/1.1",
    ],
)
def test_odd_requests(address: str, request_line: bytes) -> None:
    """Whatever is no GET or HEAD of a page gets its 4xx or 5xx, and nothing of what it sent comes back."""
    answer = exchange(address, request_line + b"\r\nx-evil: evil\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 4", b"HTTP/1.0 5"))
    assert b"evil" not in answer
    assert b"all is well" not in answer
    assert ask(address, "/well")[0] == 200


def test_methods_that_are_not_for_pages(address: str) -> None:
    """They are told which are."""
    status, fields, _ = ask(address, "/well", "DELETE")
    assert (status, fields["allow"]) == (405, "GET, HEAD")


def test_a_request_without_end(address: str) -> None:
    """More than 16 KiB of header fields are not read; a megabyte is cut off."""
    with connected(address) as client:
        begin = b"GET /well HTTP/1.1\r\nx-evil: "
        client.sendall(begin + b"e" * (MAX_HEAD - len(begin)))
        assert everything(client).startswith(b"HTTP/1.0 431")
    with connected(address) as client, pytest.raises(OSError):  # noqa: PT011 - the end may show in several ways
        while True:
            client.sendall(b"e" * (1 << 20))


def test_a_request_in_pieces(address: str) -> None:
    """What comes slowly, but in time, is answered."""
    assert exchange(address, b"GET /we", b"ll HTTP/1.0\r", b"\n\r\n").endswith(b"all is well")


@pytest.mark.usefixtures("_patient")
def test_many_who_say_nothing(address: str) -> None:
    """Hundreds of silent connections stand in nobody's way: those that were waited for longest have to go."""
    with ExitStack() as opened:
        silent = [opened.enter_context(connected(address)) for _ in range(4 * MOST)]
        assert ask(address, "/well")[0] == 200
        assert is_over(silent[0])
        silent[-1].sendall(b"GET /well HTTP/1.0\r\n\r\n")
        assert everything(silent[-1]).endswith(b"all is well")


@pytest.mark.usefixtures("_patient")
def test_many_who_say_nothing_while_somebody_is_answered() -> None:
    """Nor do those that come while a page is made cut off who has asked for it, however many they are."""
    begun, go_on = threading.Event(), threading.Event()

    def page() -> Page:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)
        return Page(b"all is well")

    with ops_server("127.0.0.1:0", {"/slow": page, **PAGES}) as address, ExitStack() as opened:
        client = opened.enter_context(connected(address))
        client.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
        assert begun.wait(PATIENCE_SECONDS)
        silent = [opened.enter_context(connected(address)) for _ in range(4 * MOST)]
        assert is_over(silent[2 * MOST])
        go_on.set()
        assert everything(client).endswith(b"all is well")


def test_who_sends_a_byte_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection has ten seconds in all, however it spends them."""
    monkeypatch.setattr(connections, "LONGEST", timedelta(seconds=0.1))
    with ops_server("127.0.0.1:0", PAGES) as address, connected(address) as client:
        begin = time.monotonic()

        def is_cut() -> bool:
            try:
                client.sendall(b"x")
            except OSError:
                return True
            return False

        wait_until(is_cut, PATIENCE_SECONDS)
        assert time.monotonic() - begin >= 0.1


def test_an_address_that_is_in_use(address: str) -> None:
    """That is one sentence with the variable to change, as for the gRPC port."""
    with pytest.raises(CannotStart, match="EMO_OPS_LISTEN"), ops_server(address, PAGES):
        pass


@pytest.mark.usefixtures("_patient")
def test_it_ends_with_its_block() -> None:
    """Also with connections open, and then the port is free."""
    with ops_server("[::1]:0", PAGES) as address:
        client = connected(address.replace("[::1]", "::1"))
        client.sendall(b"GET ")
    assert is_over(client)
    client.close()
    with ops_server(address, PAGES):
        assert ask(address, "/well")[0] == 200
