"""Which emo this is."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from emo_grpc.cli.version import CONTRACT
from unit.cli.conftest import Emo

PROTOS = Path(__file__).parents[3] / "protos"


def test_versions_are_told(emo: Emo) -> None:
    """As a line, as facts, and as JSON."""
    told = json.loads(emo("version", "--json").stdout)
    assert told == {
        "emo": version("emo-grpc"),
        "python": platform.python_version(),
        "grpcio": version("grpcio"),
        "contract": list(CONTRACT),
    }
    facts = dict(line.split("\t") for line in emo("version").stdout.splitlines())
    assert facts == told | {"contract": ", ".join(CONTRACT)}
    line = emo("--version").stdout
    assert line.count("\n") == 1
    for expected in (*CONTRACT, version("grpcio"), f"emo {version('emo-grpc')}", platform.python_version()):
        assert expected in line


@pytest.mark.parametrize("package", CONTRACT)
def test_the_contract_is_the_one_in_this_repository(package: str) -> None:
    """Each package has a service there."""
    texts = [path.read_text() for path in (PROTOS / package.replace(".", "/")).glob("*.proto")]
    assert any(f"package {package};" in text and "\nservice " in text for text in texts)


def test_an_old_server_does_not_know_what_it_is(emo: Emo, server: str) -> None:
    """A server of a release before the question is told as that."""
    asked = emo("version", "--server", server)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr == f"emo: the server at {server} is too old to say what it is\n"


def test_a_server_that_is_away_is_told(emo: Emo) -> None:
    """As with any command."""
    asked = emo("version", "127.0.0.1:1")
    assert asked.exit_code == 8
    assert "can't reach the server at 127.0.0.1:1" in asked.stderr
