"""Where keys are read, from real servers that behave badly."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest

from certificates import Authority
from emo_grpc.users.adapters.issuers.key_sources import MAX_BYTES, FileKeySource, HttpKeySource, SourceFailed
from web_server import json_answer, web_server

SOON_SECONDS = 0.3
DRIPS = 600
REFUSED = "CERTIFICATE_VERIFY_FAILED"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "provider")


@pytest.fixture
def tls(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "provider.crt", authority.folder / "provider.key")
    return context


@pytest.fixture
def ended() -> Iterator[Event]:
    """Set when the test is over, so that no server goes on for longer."""
    made = Event()
    yield made
    made.set()


async def test_reads_over_https(authority: Authority, tls: ssl.SSLContext) -> None:
    """What the server answers, if its certificate is of the authority that was named."""
    with web_server(json_answer(b"{}"), tls) as url:
        assert await HttpKeySource(f"{url}/keys?v=1", authority.folder / "ca.crt")() == b"{}"


async def test_reads_over_http() -> None:
    """On loopback; the path may be empty."""
    with web_server(json_answer(b"{}")) as url:
        assert await HttpKeySource(url, None)() == b"{}"


async def test_a_certificate_that_nobody_vouches_for(tls: ssl.SSLContext) -> None:
    """By those that the system trusts, a made-up authority is refused."""
    with web_server(json_answer(b"{}"), tls) as url, pytest.raises(SourceFailed, match=REFUSED):
        await HttpKeySource(url, None)()


async def test_a_certificate_for_another_name(authority: Authority, tls: ssl.SSLContext) -> None:
    """A server is who its address says; 127.0.0.2 is loopback, and in no certificate here."""
    with web_server(json_answer(b"{}"), tls, host="127.0.0.2") as url, pytest.raises(SourceFailed, match=REFUSED):
        await HttpKeySource(url, authority.folder / "ca.crt")()


def redirecting(request: BaseHTTPRequestHandler) -> None:
    request.send_response(302)
    request.send_header("Location", "/elsewhere")
    request.end_headers()


def failing(request: BaseHTTPRequestHandler) -> None:
    request.send_error(500)


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    with suppress(OSError):
        for _ in range(2 * MAX_BYTES // 1024):
            request.wfile.write(b" " * 1024)


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"220 mail.example.org\r\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [(redirecting, "status 302"), (failing, "status 500"), (endless, "more than 262144 bytes"), (no_http, "220 mail")],
)
async def test_other_answers(answer: Callable[[BaseHTTPRequestHandler], None], why: str) -> None:
    """No redirect is followed, no error taken for keys, and no answer without end is read."""
    with web_server(answer) as url, pytest.raises(SourceFailed, match=why):
        await HttpKeySource(url, None)()


async def test_nobody_is_there() -> None:
    """A refused connection says so."""
    with web_server(json_answer(b"{}")) as url:
        pass
    with pytest.raises(SourceFailed, match="refused"):
        await HttpKeySource(url, None)()


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("place", ["before", "header", "body"])
async def test_an_answer_a_byte_at_a_time(
    authority: Authority, tls: ssl.SSLContext, ended: Event, place: str, is_tls: bool
) -> None:
    """Whoever sends now and then a byte, or none, is cut off all the same, and no thread waits on."""

    def drip(request: BaseHTTPRequestHandler) -> None:
        start = {"before": b"", "header": b"HTTP/1.1 200 OK\r\nx: ", "body": b"HTTP/1.1 200 OK\r\n\r\n"}
        with suppress(OSError):
            request.wfile.write(start[place])
            for _ in range(DRIPS):
                if ended.wait(0.02):
                    break
                request.wfile.write(b"" if place == "before" else b"x")

    with web_server(drip, tls if is_tls else None) as url:
        with pytest.raises(SourceFailed, match=r"no whole answer within 0\.3 s"):
            await HttpKeySource(url, authority.folder / "ca.crt", SOON_SECONDS)()
        await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 10)


async def test_reads_a_file(tmp_path: Path) -> None:
    """Anew each time, so that keys can be replaced; one that is gone, a folder or too large is an outage."""
    path = tmp_path / "keys.json"
    source = FileKeySource(path)
    for content in (b"{}", b"[]"):
        path.write_bytes(content)
        assert await source() == content
    path.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(SourceFailed, match="more than"):
        await source()
    path.unlink()
    with pytest.raises(SourceFailed, match="No such file"):
        await source()
