"""Says in a person's words why a server was not reached."""

import re
from typing import Final

from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.connection.probe import probe
from emo_grpc.cli.failures import NO_HINT
from emo_grpc.client import Tls
from emo_grpc.client.addresses import Addresses
from emo_grpc.client.proxies import Proxy

SCHEMES: Final = re.compile(r"^(dns|ipv4|ipv6):/*")
DEFAULT_PORT: Final = 443
MAX_PROBES: Final = 4


def why_unreachable(connection: ConnectionOptions) -> str:
    """What to do about it."""
    addresses = Addresses.parse(connection.target)
    proxy = Proxy.of(addresses)
    if proxy is not None:
        return (
            f"the way goes through the proxy {proxy.address} of {proxy.variable}; no_proxy={addresses.hosts[0]} goes"
            " straight there"
        )
    if not addresses.hosts:
        return NO_HINT
    return _probed(connection, addresses) or NO_HINT


def _probed(connection: ConnectionOptions, addresses: Addresses) -> str | None:
    """Of the first that answers at all."""
    speaks_tls = connection.has_tls or not (connection.insecure or addresses.are_loopback)
    for host, port in _endpoints(connection.target)[:MAX_PROBES]:
        tls = None
        if speaks_tls:
            tls = Tls(connection.ca_file, connection.cert, connection.key, connection.server_name or host)
        found = probe(host, port, tls)
        if found is not None:
            return found
    return None


def _endpoints(target: str) -> list[tuple[str, int]]:
    found = []
    for each in SCHEMES.sub("", target).split(","):
        host, _, port = each.strip().rpartition(":")
        is_port = bool(host) and port.isascii() and port.isdigit()
        found.append((host.strip("[]"), int(port)) if is_port else (each.strip("[] "), DEFAULT_PORT))
    return found
