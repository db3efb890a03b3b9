from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from certificates import Authority
from e2e.proxies.edge import KINDS, Edge, Kind, running

Before = Callable[..., Edge]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server")


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each proxy in turn."""
    chosen: Kind = request.param
    return chosen


@pytest.fixture
def before(kind: Kind, tmp_path: Path, authority: Authority) -> Iterator[Before]:
    """Puts the proxy before servers, with changes of its file; it goes with the test."""
    with ExitStack() as opened:

        def start(servers: Sequence[str], changes: Mapping[str, str] | None = None) -> Edge:
            return opened.enter_context(running(kind, tmp_path / "edge", authority, servers, changes))

        yield start
