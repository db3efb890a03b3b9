"""Which HTTP proxy gRPC goes through: https://grpc.github.io/grpc/core/md_doc_environment_variables.html."""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from emo_grpc.client.addresses import Addresses

VARIABLES: Final = ("grpc_proxy", "https_proxy", "http_proxy")
EXCEPTIONS: Final = ("no_grpc_proxy", "no_proxy")
NO_PROXY: Final = ("grpc.enable_http_proxy", 0)
"""The option of a channel that goes straight to its servers."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, as HOST:PORT without its password, and the variable of the environment that names it."""

    address: str
    variable: str

    @classmethod
    def of(cls, addresses: Addresses) -> "Proxy | None":
        """The one on the way to these servers; None if there is none, as to this machine."""
        variable = next((name for name in VARIABLES if os.environ.get(name)), None)
        if variable is None or addresses.are_loopback:
            return None
        excepted = next((os.environ[name] for name in EXCEPTIONS if os.environ.get(name)), "")
        endings = tuple(each.strip() for each in excepted.split(",") if each.strip())
        if endings and all(host.endswith(endings) for host in addresses.hosts):
            return None
        return cls(urlsplit(os.environ[variable]).netloc.rpartition("@")[2], variable)
