"""Who calls through a proxy, by the headers that it adds."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emo_grpc.shared.entrypoints.admission.peers import UNKNOWN, Address, Network, Peer, network_of, plain_address

X_FORWARDED_FOR: Final = "x-forwarded-for"
FORWARDED: Final = "forwarded"

_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PAIR: Final = re.compile(rf'\s*({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")\s*')
"""forwarded-pair of RFC 7239, section 4, with what may stand around it in a list (RFC 9110, section 5.6.1)."""
_NODE: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\w+)?|([0-9.]+)(?::\w+)?|([0-9A-Fa-f:.]+)")
"""An IP address, perhaps with a port (RFC 7239, section 6; in X-Forwarded-For also IPv6 without brackets)."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """Networks of proxies that are believed when they say for whom they call.

    What anybody else says is ignored. Of each header the addresses are read from the right, where the proxy next to us
    has put what it saw; the first that is not of a trusted proxy is the client. What is further left may be made up.
    """

    networks: tuple[Network, ...] = ()

    def client(self, peer: Peer, headers: Callable[[str], Sequence[str]]) -> Peer:
        """Who is behind the peer; the peer itself if it is no trusted proxy, or names nobody.

        `headers` gives all values of a header. Proxies pass on the one that they do not write themselves, so where both
        are there and name two clients, neither is believed. Whoever is then behind the proxy has not its address: that
        may be one of a network that services are bound to.
        """
        if not self.networks or not peer.network or not self._have(plain_address(peer.address)):
            return peer
        ends = (_listed(headers(X_FORWARDED_FOR)), _listed_in_pairs(headers(FORWARDED)))
        found = {self._first_stranger(end) for end in ends if end}
        if not found:
            return peer
        client = found.pop() if len(found) == 1 else None
        return replace(peer, address=UNKNOWN, proxy=peer) if client is None else _behind(peer, client)

    def _first_stranger(self, nodes: Iterable[str | None]) -> Address | None:
        nearest = None
        for node in nodes:
            address = _address(node)
            if address is None:
                return None
            nearest = address
            if not self._have(address):
                break
        return nearest

    def _have(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


NO_PROXIES: Final = Proxies()


def _behind(proxy: Peer, client: Address) -> Peer:
    network = network_of(client)
    return Peer(f"{proxy.connection} {network}", network, str(client), proxy)


def _listed(values: Sequence[str]) -> list[str]:
    """From the right. A header in several lines is one list (RFC 9110, section 5.2)."""
    nodes = (node.strip() for value in reversed(values) for node in reversed(value.split(",")))
    return [node for node in nodes if node]


def _listed_in_pairs(values: Sequence[str]) -> list[str | None]:
    """As `_listed`; None for a line that is malformed, of which nothing can be known, and for who is not named."""
    return [node for value in reversed(values) for node in reversed(_named_by(value))]


def _named_by(line: str) -> list[str | None]:
    """Whom each element of a line names, from the left."""
    named: list[str | None] = [None]
    position = 0
    while position < len(line):
        pair = _PAIR.match(line, position)
        if pair is None:
            return [None]
        if pair[1].lower() == "for":
            named[-1] = _unquoted(pair[2])
        position = pair.end()
        if line[position : position + 1] == ",":
            named.append(None)
        elif position < len(line) and line[position] != ";":
            return [None]
        position += 1
    return named


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _address(node: str | None) -> Address | None:
    """None for `unknown`, an obfuscated identifier, and what is none of these."""
    found = _NODE.fullmatch(node or "")
    try:
        return plain_address(next(filter(None, found.groups()))) if found else None
    except ValueError:
        return None
