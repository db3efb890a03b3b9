"""Which network an address is of."""

import ipaddress
from collections.abc import Mapping
from typing import Final

NETWORK_PREFIXES: Final = {4: 24, 6: 56}
"""What one attacker has at little cost: a rented block, and what providers give to a home (RFC 6177)."""


def network_of(address: str, prefixes: Mapping[int, int] = NETWORK_PREFIXES) -> str:
    """The network of this many bits by the version of IP, as text.

    An IPv4 address in an IPv6 one is itself. What is no address, such as a Unix socket, is given as it is.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((plain.packed, prefixes[plain.version]), strict=False))
