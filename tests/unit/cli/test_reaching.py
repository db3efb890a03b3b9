"""Why a server is not reached is said with what to do about it."""

from collections.abc import Iterator

import grpc
import pytest

from certificates import Authority
from emo_grpc.cli.connection.hints import HINTS, hint_of
from emo_grpc.cli.failures import NO_HINT
from emo_grpc.client import Obstacle, Unreachable
from emo_grpc.client.proxies import Proxy
from unit.cli.conftest import Emo
from unit.cli.fake_proxy import answering
from unit.client.fake_server import Failure, World
from unit.client.tls_servers import tls_servers


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server", "client")


@pytest.fixture(scope="module")
def tls_ports(authority: Authority) -> Iterator[dict[bool, int]]:
    """Two servers that speak TLS; by whether they ask for certificates."""
    with tls_servers(authority) as ports:
        yield ports


def test_the_command_says_it(emo: Emo, tls_ports: dict[bool, int], authority: Authority, server: str) -> None:
    """In its one line, with the option that helps."""
    ca_file = ("--ca-file", str(authority.folder / "ca.crt"))
    for target, options, obstacle in (
        (f"127.0.0.1:{tls_ports[False]}", (), Obstacle.SPEAKS_TLS),
        (server, ca_file, Obstacle.NO_TLS),
        (f"127.0.0.1:{tls_ports[True]}", ca_file, Obstacle.WANTS_CERTIFICATE),
        (f"127.0.0.1:{tls_ports[False]}", (*ca_file, "--server-name", "emo.example"), Obstacle.OTHER_NAME),
    ):
        done = emo("login", "ann", "--server", target, *options)
        assert (done.exit_code, done.stderr) == (8, f"emo: can't reach the server at {target}; {HINTS[obstacle]}\n")


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_its_words(obstacle: Obstacle) -> None:
    """Its own, or a hint that names options."""
    assert hint_of(Unreachable("x", obstacle=obstacle), "localhost:1") == HINTS.get(obstacle, obstacle.value)


def test_nobody_there(emo: Emo) -> None:
    """Then a person looks whether it runs."""
    done = emo("login", "ann", "--server", "127.0.0.1:1")
    assert (done.exit_code, done.stderr) == (8, f"emo: can't reach the server at 127.0.0.1:1; {NO_HINT}\n")


def test_a_proxy_on_the_way_is_named(emo: Emo, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way around it."""
    monkeypatch.setenv("http_proxy", "http://ann:secret@127.0.0.1:1")
    done = emo("login", "ann", "--server", "emo.example:50051", "--insecure")
    assert (done.exit_code, done.stderr) == (
        8,
        "emo: can't reach the server at emo.example:50051; the way goes through the proxy 127.0.0.1:1 of http_proxy;"
        " no_proxy=emo.example goes straight there\n",
    )
    error = Unreachable("x", proxy=Proxy("proxy.example:3128", "grpc_proxy"))
    assert hint_of(error, "10.0.0.1:1").endswith("of grpc_proxy; no_proxy=10.0.0.1 goes straight there")


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "grpc_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without_a_proxy(
    emo: Emo, server: str, host: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: a proxy would look for the server on its own machine."""
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert emo("login", "ann", "--server", server.replace("127.0.0.1", host)).exit_code == 0


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
    world.failures["RevokeSession"] = [late]
    done = ann("sessions", "--revoke", "s-1")
    assert done.stderr == f"{in_time}; whether it was done is not known: look before you repeat it\n"
