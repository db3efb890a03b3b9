"""Bytes in paths and headers that are not text."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacks.wire import Header, call_headers, message, wire
from e2e.server_process import ServerProcess, running_server
from e2e.workers_client import DATA, MIB, PART, WorkersClient, log_lines

GET_ME = b"/emo.users.v1.UsersService/GetMe"
LOGIN = b"/emo.users.v1.UsersService/Login"
UNKNOWN, INVALID_ARGUMENT, UNIMPLEMENTED, INTERNAL, UNAUTHENTICATED = 2, 3, 12, 13, 16
OF_THE_CORE = (b"Error parsing '", b"Illegal header key: ")
ODD = (
    b"\xff",
    b"\xc3",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\x00",
    b"\x80\x81\x82",
    b"\xf0\x9f\x98",
)
"""Bytes that no UTF-8 has (RFC 3629 §3: lone and cut sequences, surrogates, five bytes), and one that it has."""
NAMES = (
    b"authorization", b"user-agent", b"grpc-timeout", b"grpc-encoding", b"grpc-accept-encoding", b"accept-language",
    b"x-request-id", b"content-type", b"te", b"grpc-trace-bin", b"odd-bin", b"anything",
)  # fmt: skip
PER_SECOND, SECONDS = 10, 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all that is sent here."""
    with running_server(tmp_path_factory.mktemp("server"), {"LOG_LEVEL": "info", "LOG_FORMAT": "json"}) as made:
        yield made


@pytest.fixture(scope="module")
def bystander(server: ServerProcess) -> Iterator[WorkersClient]:
    """Somebody who is logged in, over a connection of their own."""
    client = WorkersClient(server)
    yield client
    client.close()


def refusal(port: int, headers: list[Header]) -> int | None:
    """The status of a call on a connection of its own; None if that was reset or closed without one.

    gRPC's core refuses what it reads itself, such as `grpc-timeout`, as INTERNAL in its own words.
    """
    with wire(port) as connection:
        answer = connection.answer(connection.call(headers))
    assert answer.is_over
    assert answer.status != INTERNAL or answer.headers[b"grpc-message"].startswith(OF_THE_CORE)
    return answer.status


@pytest.mark.parametrize("odd", ODD, ids=bytes.hex)
def test_paths(server: ServerProcess, bystander: WorkersClient, odd: bytes) -> None:
    """A path that is no text, wherever its odd bytes are, ends its own call alone."""
    for path in (b"/" + odd, LOGIN + odd, b"/emo." + odd + b"/Login", odd):
        assert refusal(server.port, call_headers(path)) in {UNKNOWN, UNIMPLEMENTED}
        assert bystander.get_me()


@pytest.mark.parametrize("odd", ODD, ids=bytes.hex)
def test_headers(server: ServerProcess, bystander: WorkersClient, odd: bytes) -> None:
    """Nor does any header, as a value, after a good one, or as part of a name, or the authority."""
    calls = [call_headers(GET_ME, (name, value)) for name in NAMES for value in (odd, b"Bearer abc" + odd)]
    calls += [call_headers(GET_ME, (b"x-" + odd, b"1")), call_headers(GET_ME, authority=b"local" + odd)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda headers: refusal(server.port, headers), calls))
    assert set(statuses) <= {None, INTERNAL, UNAUTHENTICATED}
    assert bystander.get_me()


def test_one_connection_goes_on(server: ServerProcess) -> None:
    """Other calls on the connection of the odd one are answered, those before it and those after."""
    with wire(server.port) as connection:
        before = connection.begin(call_headers(LOGIN))
        connection.answer(connection.call(call_headers(b"/\xff")))
        after = connection.call(call_headers(GET_ME))
        assert connection.answer(after).status == UNAUTHENTICATED
        connection.send_data(before, message(b"\xff"), ends=True)
        assert connection.answer(before).status == INVALID_ARGUMENT


def test_a_stream_of_them_costs_others_nothing(server: ServerProcess, bystander: WorkersClient) -> None:
    """Ten a second: each call of somebody beside is answered, and a running upload goes on to its end."""
    over = threading.Event()
    sent: list[int | None] = []

    def attack() -> None:
        while not over.wait(1 / PER_SECOND):
            sent.append(refusal(server.port, call_headers(b"/\xff" + bytes([len(sent) % 256]))))

    with ThreadPoolExecutor(1) as pool:
        attacking = pool.submit(attack)
        try:
            end = time.monotonic() + SECONDS
            answered = 0
            while time.monotonic() < end:
                answered += bool(bystander.get_me())
            bystander.upload(0, PART + MIB)
            assert bystander.upload(PART, len(DATA)).complete
            assert bystander.download() == DATA
        finally:
            over.set()
        attacking.result()
    assert len(sent) > SECONDS
    assert answered > SECONDS


def test_the_server_lives(server: ServerProcess, bystander: WorkersClient) -> None:
    """After all of it the same process answers, on new connections too."""
    bystander.connect()
    assert bystander.get_me()
    assert server.process is not None
    assert server.process.poll() is None


def test_the_log_is_sound(server: ServerProcess) -> None:
    """What strangers send is no fault of the server: its log has no error and no traceback of it."""
    lines = log_lines(server)
    assert [line for line in lines if line["level"] in {"error", "critical"}] == []
    assert [line for line in lines if "exception" in line] == []
