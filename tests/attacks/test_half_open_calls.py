"""Calls that keep the server waiting: without their request, or without taking the answer."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from attacks.bystander import Bystander, bystander
from attacks.wire import Wire, call_headers, widen, wire
from e2e.server_process import ServerProcess
from waiting import PATIENCE_SECONDS

LOGIN = call_headers(b"/emo.users.v1.UsersService/Login")
CHECK = call_headers(b"/grpc.health.v1.Health/Check")
GET_ME = b"/emo.users.v1.UsersService/GetMe"
OK, RESOURCE_EXHAUSTED = 0, 8
STREAMS = 255
INITIAL_WINDOW_SIZE = 4
"""RFC 9113 §6.5.2."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path_factory.mktemp("half-open") / "server")
    made.start()
    yield made
    made.kill()


def attackers(
    server: ServerProcess, block: ExitStack, count: int, settings: dict[int, int] | None = None
) -> list[Wire]:
    return [block.enter_context(wire(server.port, settings)) for _ in range(count)]


def refuses(connection: Wire, count: int) -> None:
    """Wait until so many calls of it have been refused."""

    def refused() -> int:
        return sum(answer.status == RESOURCE_EXHAUSTED for answer in connection.answers.values())

    connection.read(PATIENCE_SECONDS, until=lambda: refused() >= count)
    assert refused() >= count


def use(user: Bystander, times: int) -> None:
    for _ in range(times):
        user.look()


def test_logins_without_a_request(server: ServerProcess) -> None:
    """Strangers with 1,275 calls that wait for their request, over and over, take nobody's place."""
    with ExitStack() as block:
        user = block.enter_context(bystander(server.port))
        for connection in attackers(server, block, 5):
            for _ in range(STREAMS):
                connection.begin(LOGIN)
            refuses(connection, STREAMS - 32)
            for _ in range(STREAMS - 32):
                connection.begin(LOGIN)
            use(user, 10)
        user.log_in()


def test_answers_that_nobody_takes(server: ServerProcess) -> None:
    """Strangers whose windows are shut, so that no answer can leave, are hung up on; nobody else notices."""
    with ExitStack() as block:
        user = block.enter_context(bystander(server.port, "cleo"))
        connections = attackers(server, block, 10, {INITIAL_WINDOW_SIZE: 0})
        for connection in connections:
            for _ in range(STREAMS):
                connection.call(CHECK)
            use(user, 1)
        for connection in connections:
            connection.read(10)
            assert connection.is_closed
        use(user, 10)
        user.log_in()
    assert "hung up" in server.log.read_text()


def test_a_users_calls_without_a_request(server: ServerProcess) -> None:
    """A user's calls that wait for their request are bounded for themselves, over all their connections."""
    with ExitStack() as block:
        user = block.enter_context(bystander(server.port, "dan"))
        greedy = block.enter_context(bystander(server.port, "bob"))
        headers = call_headers(GET_ME, greedy.bearer)
        for connection in attackers(server, block, 5):
            for _ in range(STREAMS):
                connection.begin(headers)
            refuses(connection, STREAMS - 64)
            use(user, 10)
            use(greedy, 1)


def test_answers_of_a_user_over_a_slow_line(server: ServerProcess) -> None:
    """None of a user's answers that wait has to go for another one: over the limit new calls are refused."""
    with ExitStack() as block:
        user = block.enter_context(bystander(server.port, "eva"))
        (slow,) = attackers(server, block, 1, {INITIAL_WINDOW_SIZE: 0})
        streams = [slow.call(call_headers(GET_ME, user.bearer)) for _ in range(100)]
        slow.read(10, until=lambda: all(slow.answers[stream].headers for stream in streams))
        for stream in streams:
            widen(slow, stream, 4096)
        found = Counter(slow.answer(stream).status for stream in streams)
    assert found[OK] >= 64
    assert found[OK] + found[RESOURCE_EXHAUSTED] == 100
    assert not slow.is_closed
