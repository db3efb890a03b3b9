"""Who calls through a proxy."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.entrypoints.admission.peers import UNKNOWN, Balancers, Peer, network_of, peer_of
from emo_grpc.shared.entrypoints.admission.proxies import FORWARDED, NO_PROXIES, X_FORWARDED_FOR, Proxies

PROXY, NEAR = peer_of("ipv4:10.0.0.9:5001"), "10.0.0.9"
PROXIES = Proxies((ip_network("10.0.0.0/24"), ip_network("2001:db8:ffff::/48")))


def client(peer: Peer, *x_forwarded_for: str, forwarded: tuple[str, ...] = (), proxies: Proxies = PROXIES) -> str:
    headers = {X_FORWARDED_FOR: x_forwarded_for, FORWARDED: forwarded}
    return proxies.client(peer, headers.__getitem__).address


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["203.0.113.1, 192.0.2.7"], "192.0.2.7"),
        (["203.0.113.1, 192.0.2.7, 10.0.0.3"], "192.0.2.7"),
        (["203.0.113.1", "192.0.2.7,10.0.0.3"], "192.0.2.7"),
        (["192.0.2.7:5001"], "192.0.2.7"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["192.0.2.7, 2001:db8:ffff::1"], "192.0.2.7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, ::ffff:10.0.0.3, "], "192.0.2.7"),
        (["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
        (["192.0.2.7, unknown, 10.0.0.3"], UNKNOWN),
        (["192.0.2.7, 10.0.0.3, 1.2.3.4.5"], UNKNOWN),
        (["192.0.2.7 10.0.0.3"], UNKNOWN),
        (["192.0.2.7%eth0"], UNKNOWN),
        (["010.0.2.7"], UNKNOWN),
        ([""], NEAR),
        ([], NEAR),
    ],
)
def test_x_forwarded_for(values: list[str], address: str) -> None:
    """From the right, the first address that is no trusted proxy's; behind what can't be read is nobody known."""
    assert client(PROXY, *values) == address


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (["for=192.0.2.7"], "192.0.2.7"),
        (["for=203.0.113.1, For=192.0.2.7;proto=https;by=10.0.0.9"], "192.0.2.7"),
        (["for=192.0.2.7 ; proto=https , for=10.0.0.3"], "192.0.2.7"),
        (["for=203.0.113.1", 'for="[2001:db8::1]:4711"'], "2001:db8::1"),
        (['for="192.0.2.7:80";host="a\\"b,for=6.6.6.6"'], "192.0.2.7"),
        (["for=192.0.2.7, for=_hidden"], UNKNOWN),
        (["for=192.0.2.7, for=unknown, for=10.0.0.3"], UNKNOWN),
        (["for=192.0.2.7, proto=https"], UNKNOWN),
        (["for=192.0.2.7, 192.0.2.8"], UNKNOWN),
        (['for=6.6.6.6;x=", for="[2001:db8::1]"'], UNKNOWN),
        (['for=6.6.6.6;x=", for=192.0.2.7;proto="https"'], UNKNOWN),
        (["for=6.6.6.6;x=\"', for=192.0.2.7"], UNKNOWN),
        (['for=6.6.6.6;x="', "for=192.0.2.7"], "192.0.2.7"),
        (["for=2001:db8::1"], UNKNOWN),
    ],
)
def test_forwarded(values: list[str], address: str) -> None:
    """As RFC 7239 has it, a line that is malformed tells nothing: quotes of a client swallow no word of a proxy."""
    assert client(PROXY, forwarded=tuple(values)) == address


def test_headers_that_disagree() -> None:
    """A proxy that writes one header passes the other on, so both count only where they name the same client."""
    assert client(PROXY, "192.0.2.7", forwarded=("for=192.0.2.7",)) == "192.0.2.7"
    assert client(PROXY, "192.0.2.7", forwarded=("for=6.6.6.6",)) == UNKNOWN
    assert client(PROXY, "nonsense", forwarded=("for=6.6.6.6",)) == UNKNOWN


@pytest.mark.parametrize("text", ["ipv4:10.0.1.9:5001", "ipv6:%5B2001:db8:1::1%5D:1", "unix:"])
def test_strangers_are_not_believed(text: str) -> None:
    """Who is no trusted proxy may write what they like, and without trusted proxies everybody is such."""
    for proxies, peer in ((PROXIES, peer_of(text)), (NO_PROXIES, PROXY)):
        assert proxies.client(peer, {X_FORWARDED_FOR: ["6.6.6.6"], FORWARDED: ["for=6.6.6.6"]}.__getitem__) is peer


@pytest.mark.parametrize("text", ["ipv4:10.0.0.9:1", "ipv6:%5B::ffff:10.0.0.9%5D:1", "ipv6:%5B2001:db8:ffff::9%5D:1"])
def test_behind(text: str) -> None:
    """A client has a share of its own of the proxy's connection, and is known by its own network."""
    proxy = peer_of(text)
    found = [
        PROXIES.client(proxy, {X_FORWARDED_FOR: [each], FORWARDED: []}.__getitem__) for each in ("::1", "::2", "::1")
    ]
    assert found[0] == found[2]
    assert {each.proxy for each in found} == {proxy}
    assert found[0].network == found[1].network == "::/64"
    assert (found[0].connection, found[0].address) == (f"{text} ::/64", "::1")


def test_a_client_that_is_not_known() -> None:
    """Counts with the proxy and all others that it does not tell of, and goes when its connection has to be closed."""
    found = PROXIES.client(PROXY, {X_FORWARDED_FOR: ["unknown"], FORWARDED: []}.__getitem__)
    assert found == Peer(PROXY.connection, PROXY.network, UNKNOWN, PROXY)
    assert not Balancers((ip_network("10.0.0.0/24"),)).have(found)


@given(st.lists(st.sampled_from(["10.0.0.3", "unknown", "x", ",", "6.6.6.6", '"', "for=6.6.6.6", ";"]), max_size=6))
def test_nothing_further_left_matters(made_up: list[str]) -> None:
    """Whatever a client sends, the proxy's own word about it decides."""
    assert client(PROXY, ",".join([*made_up, "192.0.2.7"])) == "192.0.2.7"
    assert client(PROXY, forwarded=(",".join([*made_up, "for=192.0.2.7"]),)) in ("192.0.2.7", UNKNOWN)
    assert client(PROXY, forwarded=(",".join(made_up), "for=192.0.2.7")) == "192.0.2.7"


@given(st.ip_addresses())
def test_every_address(address: object) -> None:
    """Each way to write an address in either header names the same client."""
    text = str(address)
    bracketed = f"[{text}]" if ":" in text else text
    found = {client(PROXY, text), client(PROXY, f"{bracketed}:80"), client(PROXY, forwarded=(f'for="{bracketed}:80"',))}
    assert len(found) == 1
    assert network_of(ip_address(found.pop()))
