"""Which proxy is on the way to a server, as gRPC chooses it."""

import pytest

from emo_grpc.client.addresses import Addresses
from emo_grpc.client.proxies import EXCEPTIONS, VARIABLES, Proxy

SQUID = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES + EXCEPTIONS:
        monkeypatch.delenv(name, raising=False)


def found(monkeypatch: pytest.MonkeyPatch, target: str = "emo.example:50051", **environment: str) -> str:
    """The variable that names the proxy on the way; empty if there is none."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    proxy = Proxy.of(Addresses.parse(target))
    return proxy.variable if proxy else ""


def test_the_password_of_a_proxy_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is, without who logs in there."""
    monkeypatch.setenv("http_proxy", "http://ann:secret@proxy.example:3128")
    assert Proxy.of(Addresses.parse("emo.example:50051")) == Proxy("proxy.example:3128", "http_proxy")


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({}, ""),
        ({"grpc_proxy": SQUID, "https_proxy": SQUID, "http_proxy": SQUID}, "grpc_proxy"),
        ({"https_proxy": SQUID, "http_proxy": SQUID}, "https_proxy"),
        ({"grpc_proxy": "", "http_proxy": SQUID}, ""),
        ({"http_proxy": "https://proxy.example:3128"}, ""),
        ({"http_proxy": "proxy.example:3128"}, ""),
    ],
)
def test_which_variable_counts(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], variable: str) -> None:
    """The first that is set, though it be empty; and of proxies those that are spoken to in plain HTTP."""
    assert found(monkeypatch, **environment) == variable


@pytest.mark.parametrize("target", ["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/tmp/emo", "10.0.0.1:1,10.0.0.2:1"])
def test_whom_no_proxy_is_asked_for(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """This machine, and a list, of which gRPC would make one name."""
    assert found(monkeypatch, target, http_proxy=SQUID) == ""


@pytest.mark.parametrize(
    ("target", "exceptions", "is_excepted"),
    [
        ("emo.example:1", {"no_proxy": "other.example, .example"}, True),
        ("emo.example:1", {"no_proxy": "EMO.Example"}, True),
        ("emo.example:1", {"no_proxy": "other.example"}, False),
        ("emo.example:1", {"no_proxy": ",,"}, False),
        ("emo.example:1", {"no_proxy": "emo.example", "no_grpc_proxy": ""}, False),
        ("10.1.2.3:1", {"no_proxy": "10.0.0.0/8"}, True),
        ("10.1.2.3:1", {"no_proxy": "192.168.0.0/16"}, False),
        ("10.1.2.3:1", {"no_proxy": "10.0.0.0/x"}, False),
    ],
)
def test_exceptions(
    monkeypatch: pytest.MonkeyPatch, target: str, exceptions: dict[str, str], is_excepted: bool
) -> None:
    """By the end of a name, or by a network."""
    assert (found(monkeypatch, target, http_proxy=SQUID, **exceptions) == "") is is_excepted
