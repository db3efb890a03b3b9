"""Which HTTP proxy gRPC goes through: https://grpc.github.io/grpc/core/md_doc_environment_variables.html."""

import ipaddress
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from emo_grpc.client.addresses import Addresses

VARIABLES: Final = ("grpc_proxy", "https_proxy", "http_proxy")
EXCEPTIONS: Final = ("no_grpc_proxy", "no_proxy")
NO_PROXY: Final[tuple[tuple[str, int | str], ...]] = (
    ("grpc.enable_http_proxy", 0),
    ("grpc.address_http_proxy_enabled_addresses", ""),  # or GRPC_ADDRESS_HTTP_PROXY of the environment would count
)
"""The options of a channel that goes straight to its servers."""


def goes_straight(addresses: Addresses) -> bool:
    """Whether no proxy is asked for these servers, whatever the environment says.

    What never leaves this machine has no business with a proxy, which would look for the server on its own. Of a list
    gRPC would ask a proxy for a single server of that name.
    """
    return addresses.are_loopback or addresses.are_several


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, as HOST:PORT without its password, and the variable of the environment that names it."""

    address: str
    variable: str

    @classmethod
    def of(cls, addresses: Addresses) -> "Proxy | None":
        """The one on the way to this server; None if there is none. Of several variables the first one counts."""
        variable = next((name for name in VARIABLES if name in os.environ), None)
        if variable is None or goes_straight(addresses):
            return None
        url = urlsplit(os.environ[variable])
        if url.scheme != "http" or not url.netloc:
            return None
        exceptions = next((os.environ[name] for name in EXCEPTIONS if name in os.environ), "")
        if any(_is_excepted(addresses.hosts[0], each.strip()) for each in exceptions.split(",") if each):
            return None
        return cls(url.netloc.rpartition("@")[2], variable)


def _is_excepted(host: str, exception: str) -> bool:
    """By the end of its name, or by a network that it is in."""
    if host.lower().endswith(exception.lower()):
        return True
    try:
        return "/" in exception and ipaddress.ip_address(host) in ipaddress.ip_network(exception, strict=False)
    except ValueError:
        return False
