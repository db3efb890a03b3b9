"""`emo --server` with several servers."""

from pathlib import Path

import grpc
import pytest

from emo_grpc.cli.connection.connection_options import ConnectionOptions, remembered
from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World


def test_a_list_of_which_one_is_dead_serves_a_person_as_one_server_does(emo: Emo, server: str) -> None:
    """They log in once, and later commands remember the whole list."""
    servers = f"127.0.0.1:1,{server}"
    assert f"at {servers}, now the default server" in emo("login", "ann", "--server", servers).output
    for _ in range(3):
        assert emo("stats").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--server", "a.example:1,b.example:1"), "several servers are IP addresses with ports"),
        (("--server", "10.0.0.1:1,10.0.0.2:1"), "several IP addresses over TLS need the server name"),
        (("--server", "localhost:1", "--insecure", "--server-name", "x"), "--insecure and certificates exclude"),
        (("--server", "localhost"), "the server's address must be HOST:PORT, such as localhost:50051"),
        (("--server", "localhost:abc"), "the server's address must be HOST:PORT, such as localhost:50051"),
        (("--server", "emo.example:1", "--ca-file", __file__), f"{__file__} holds no certificate"),
        (
            ("--server", "emo.example:1", "--cert", __file__, "--key", __file__),
            f"{__file__} and {__file__} are no certificate and its key",
        ),
    ],
)
def test_what_makes_no_sense_is_said_at_once(emo: Emo, arguments: tuple[str, ...], sentence: str) -> None:
    """As wrong usage, in one line."""
    done = emo(*arguments, "stats")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"emo: {sentence}")
    assert done.stderr.count("\n") == 1


def test_the_name_to_prove_is_remembered(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the list that it belongs to."""
    monkeypatch.setenv("EMO_CONFIG_DIR", str(config))
    said = ConnectionOptions("10.0.0.1:1,10.0.0.2:1", server_name="emo.example")
    said.remember()
    assert remembered() == said


def test_certificates_are_remembered_from_every_folder(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was named as seen from one folder is found from any other."""
    monkeypatch.setenv("EMO_CONFIG_DIR", str(config))
    ConnectionOptions("emo.example:1", ca_file=Path("ca.pem")).remember()
    assert remembered().ca_file == Path("ca.pem").absolute()


def test_a_command_that_has_to_wait_says_so(ann: Emo, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, whatever else it waits for, with what the server said if it has said something."""
    world.failures["GetMe"] = [Failure(message="the database does not answer", retry_after=0.01) for _ in range(5)]
    done = ann("me")
    assert done.exit_code == 0
    assert done.stderr == "emo: the database does not answer; still trying, for up to a minute\n"
    monkeypatch.setattr("emo_grpc.client.retries.SILENT_SECONDS", 0.05)
    world.failures["GetMe"] = [Failure(retry_after=0.01) for _ in range(5)]
    waited = ann("me")
    assert waited.exit_code == 0
    assert waited.stderr.startswith("emo: no answer from the server at ")
    assert waited.stderr.count("\n") == 1


def test_who_is_not_logged_in_is_told_where(ann: Emo, server: str) -> None:
    """By the server that was meant, with commands that lead to just that one."""
    other = ann("--server", "127.0.0.1:1", "ls")
    assert (other.exit_code, other.stderr) == (
        3,
        "emo: you are not logged in at 127.0.0.1:1: run `emo --server 127.0.0.1:1 login`, or first"
        " `emo --server 127.0.0.1:1 register` if you have no account\n",
    )
    assert ann("logout").exit_code == 0
    assert ann("ls").stderr.startswith(f"emo: you are not logged in at {server}: run `emo login`, or")


def test_a_server_that_is_too_old_is_told(ann: Emo, world: World, server: str) -> None:
    """Of a command that calls what it does not know."""
    world.failures["ListPeople"] = [Failure(grpc.StatusCode.UNIMPLEMENTED, "", "Method not found!")]
    done = ann("people")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"emo: the server at {server} is older than this emo, and can't do that; ")
