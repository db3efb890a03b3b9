"""The client's end of a connection, as far as its address identifies it."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

IPV6_PREFIX: Final = 64
"""A host picks its address within 64 bits as it likes (RFC 4291 §2.5.1, RFC 8981), so they are all one peer. An IPv4
address is a peer of its own: there are too few of them to have many, and neighbours are strangers to each other."""
REMEMBERED: Final = 16_384


@dataclass(frozen=True, slots=True)
class Peer:
    """`connection` identifies the connection, `network` its owner; both are empty for a local socket.

    `address` is for people: without the port; `unix` for a local socket.
    """

    connection: str
    network: str
    address: str


@lru_cache(REMEMBERED)
def peer_of(text: str) -> Peer:
    """Read what gRPC says of a peer: `ipv4:1.2.3.4:567`, `ipv6:%5B::1%5D:567` or `unix:`."""
    kind, _, rest = text.partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return Peer("", "", kind)
    shown = unquote(rest).rpartition(":")[0].strip("[]")
    address = ip_address(shown.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        network = str(ip_network((address, IPV6_PREFIX), strict=False))
    else:
        network = str(getattr(address, "ipv4_mapped", None) or address)
    return Peer(text, network, shown)


@dataclass(frozen=True, slots=True)
class Balancers:
    """Networks whose addresses stand for many people each."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def have(self, peer: Peer) -> bool:
        """Whether the peer is one."""
        if not self.networks or not peer.network:
            return False
        address = ip_address(peer.address.partition("%")[0])
        return any(address in network for network in self.networks)


NO_BALANCERS: Final = Balancers()
