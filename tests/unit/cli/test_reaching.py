"""Why a server is not reached is said with what to do about it."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from certificates import Authority
from emo_grpc.cli.connection import probe
from emo_grpc.cli.connection import unreachable as reaching
from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.failures import NO_HINT
from emo_grpc.client.addresses import Addresses
from emo_grpc.client.channel import open_channel
from emo_grpc.client.proxies import Proxy
from unit.cli.conftest import Emo
from unit.cli.fake_proxy import answering, http1
from unit.client.fake_server import Failure, World


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("certificates"))
    made.sign("server")
    made.sign("client")
    return made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("stranger"))
    made.sign("client")
    return made


@pytest.fixture(scope="module")
def tls_ports(authority: Authority) -> Iterator[dict[bool, int]]:
    """Two servers of gRPC that speak TLS; by whether they ask for certificates."""
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
    yield ports
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def pem(authority: Authority, name: str) -> Path:
    return authority.folder / name


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tls_that_was_not_expected(tls_ports: dict[bool, int], host: str) -> None:
    """By whichever of its addresses the server is there."""
    for port in tls_ports.values():
        assert reaching.why_unreachable(ConnectionOptions(f"{host}:{port}")) == probe.SPEAKS_TLS


def test_what_is_wrong_with_certificates(tls_ports: dict[bool, int], authority: Authority, stranger: Authority) -> None:
    """Each cause has its own words, and its option."""
    ours, theirs = pem(authority, "ca.crt"), pem(stranger, "ca.crt")
    server, asking = f"localhost:{tls_ports[False]}", f"localhost:{tls_ports[True]}"
    shown = {name: (pem(by, "client.crt"), pem(by, "client.key")) for name, by in (("us", authority), ("x", stranger))}
    for connection, expected in (
        (ConnectionOptions(server, ca_file=theirs), probe.NOT_TRUSTED),
        (ConnectionOptions(server, server_name="localhost"), probe.NOT_TRUSTED),
        (ConnectionOptions(server, ca_file=ours, server_name="emo.example"), probe.OTHER_NAME),
        (ConnectionOptions(asking, ca_file=ours), probe.WANTS_CERTIFICATE),
        (ConnectionOptions(asking, ours, *shown["x"]), probe.REFUSES_CERTIFICATE),
        (ConnectionOptions(asking, ours, *shown["us"]), NO_HINT),
        (ConnectionOptions(server, ours), NO_HINT),
    ):
        assert reaching.why_unreachable(connection) == expected, connection


def test_no_tls_where_it_was_expected(server: str, authority: Authority) -> None:
    """Nor is anything else wrong when none was."""
    assert reaching.why_unreachable(ConnectionOptions(server, ca_file=pem(authority, "ca.crt"))) == probe.NO_TLS
    assert reaching.why_unreachable(ConnectionOptions(server)) == NO_HINT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http1("400 Bad Request"), probe.HTTP_1),
        (b"SSH-2.0-OpenSSH_9.6\r\n", probe.NO_GRPC),
        (b"", NO_HINT),
    ],
)
def test_what_is_no_server_of_grpc(answer: bytes, expected: str) -> None:
    """It is asked, and says so itself."""
    with answering(answer) as address:
        assert reaching.why_unreachable(ConnectionOptions(address)) == expected


@pytest.mark.parametrize("target", ["127.0.0.1:1", "unix:/nowhere", "127.0.0.1:1,127.0.0.1:2", "ipv6:[::1]:1"])
def test_nobody_there(target: str) -> None:
    """Then nothing more is known."""
    assert reaching.why_unreachable(ConnectionOptions(target)) == NO_HINT


def test_the_command_says_it(emo: Emo, tls_ports: dict[bool, int]) -> None:
    """In its one line."""
    target = f"127.0.0.1:{tls_ports[False]}"
    done = emo("login", "ann", "--server", target)
    assert (done.exit_code, done.stderr) == (8, f"emo: can't reach the server at {target}; {probe.SPEAKS_TLS}\n")


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "grpc_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without_a_proxy(
    emo: Emo, server: str, host: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: a proxy would look for the server on its own machine."""
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert emo("login", "ann", "--server", server.replace("127.0.0.1", host)).exit_code == 0


def test_no_proxy_is_blamed_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since none is on it."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert Proxy.of(Addresses.parse("127.0.0.1:50051")) is None
    assert Proxy.of(Addresses.parse("localhost:50051")) is None


def test_a_proxy_on_the_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its password, and with the way around it."""
    connection = ConnectionOptions("emo.example:50051", insecure=True)
    monkeypatch.setenv("http_proxy", "http://ann:secret@proxy.example:3128")
    assert reaching.why_unreachable(connection) == (
        "the way goes through the proxy proxy.example:3128 of http_proxy; no_proxy=emo.example goes straight there"
    )
    monkeypatch.setenv("no_proxy", "other.example, .example")
    assert Proxy.of(Addresses.parse(connection.target)) is None
    monkeypatch.setenv("no_grpc_proxy", "other.example")
    assert Proxy.of(Addresses.parse(connection.target)) == Proxy("proxy.example:3128", "http_proxy")


async def test_a_server_elsewhere_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people who set one expect: only loopback is excepted."""
    asked = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not asked.done():
            asked.set_result(await reader.readline())
        writer.close()

    proxy = await asyncio.start_server(take, "127.0.0.1", 0)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    async with proxy, open_channel("emo.example:50051", insecure=True) as channel:
        channel.get_state(try_to_connect=True)
        assert await asyncio.wait_for(asked, 10) == b"CONNECT emo.example:50051 HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("status", "exit_code", "words"),
    [
        (413, 7, "client_max_body_size 0"),
        (500, 8, "does not pass the call on"),
        (502, 8, "the server behind it does not answer"),
        (503, 8, "the server behind it does not answer"),
        (504, 8, "its time-out is too short"),
    ],
)
def test_a_proxy_that_answers_instead_of_the_server(emo: Emo, status: int, exit_code: int, words: str) -> None:
    """Is told from the server, and with what it means."""
    with answering(status) as address:
        done = emo("login", "ann", "--server", address)
    assert done.exit_code == exit_code
    assert done.stderr.startswith(f"emo: a proxy before the server at {address} has answered with HTTP {status}: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_page_instead_of_an_answer(emo: Emo) -> None:
    """As of a login page of a hotel."""
    with answering(200) as address:
        done = emo("login", "ann", "--server", address)
    assert done.exit_code == 8
    assert done.stderr.startswith(f"emo: what answers at {address} is no server of emo, or a proxy that does not pass")


def test_a_server_that_does_not_answer_in_time(ann: Emo, world: World, server: str) -> None:
    """Nothing is lost; only of a change nobody knows whether it was made."""
    late = Failure(grpc.StatusCode.DEADLINE_EXCEEDED, reason="", message="Deadline Exceeded")
    world.failures["GetMe"] = [late]
    done = ann("me")
    in_time = f"emo: the server at {server} did not answer in time; what it has confirmed is safe"
    assert (done.exit_code, done.stderr) == (8, f"{in_time}\n")
    asset_id = world.store(b"x")
    world.failures["UpdateAsset"] = [late]
    done = ann("edit", asset_id, "--title", "x")
    assert done.stderr == f"{in_time}; whether it was done is not known: look before you repeat it\n"
