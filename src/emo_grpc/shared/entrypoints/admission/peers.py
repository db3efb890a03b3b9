"""The client's end of a connection, as far as its address identifies it."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

IPV6_PREFIX: Final = 64
"""A host picks its address within 64 bits as it likes (RFC 4291 §2.5.1, RFC 8981), so they are all one peer. An IPv4
address is a peer of its own: there are too few of them to have many, and neighbours are strangers to each other."""
REMEMBERED: Final = 16_384

UNKNOWN: Final = "unknown"
"""In place of an address (RFC 7239, section 6.2)."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Peer:
    """`connection` identifies the connection, `network` its owner; both are empty for a local socket.

    `address` is for people: without the port; `unix` for a local socket. Of a client behind a trusted `proxy`,
    `connection` identifies the client's share of the proxy's connection. One that the proxy does not tell of has the
    proxy's `connection` and `network`, and an UNKNOWN address.
    """

    connection: str
    network: str
    address: str
    proxy: "Peer | None" = None


@lru_cache(REMEMBERED)
def peer_of(text: str) -> Peer:
    """Read what gRPC says of a peer: `ipv4:1.2.3.4:567`, `ipv6:%5B::1%5D:567` or `unix:`."""
    kind, _, rest = text.partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return Peer("", "", kind)
    shown = unquote(rest).rpartition(":")[0].strip("[]")
    return Peer(text, network_of(plain_address(shown)), shown)


def plain_address(text: str) -> Address:
    """The address without a zone; where IPv6 maps an IPv4 address (RFC 4291 §2.5.5.2), that. Raises ValueError."""
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: Address) -> str:
    """Whose it is: an IPv4 address is its own network."""
    return str(address) if address.version == 4 else str(ip_network((address, IPV6_PREFIX), strict=False))


@dataclass(frozen=True, slots=True)
class Balancers:
    """Networks whose addresses stand for many people each."""

    networks: tuple[Network, ...] = ()

    def have(self, peer: Peer) -> bool:
        """Whether the peer is one."""
        if not self.networks or not peer.network or peer.address == UNKNOWN:
            return False
        address = plain_address(peer.address)
        return any(address in network for network in self.networks)


NO_BALANCERS: Final = Balancers()
