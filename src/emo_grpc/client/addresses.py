"""Reads where the servers are."""

import ipaddress
from dataclasses import dataclass
from typing import Final, Self

LOCALHOST: Final = "localhost"
MAX_PORT: Final = 65535
SOCKETS: Final = ("unix:", "unix-abstract:")
SCHEMES: Final = ("dns:", "ipv4:", "ipv6:")
NO_LIST: Final = (
    "several servers are IP addresses with ports, all of one kind, such as 10.0.0.1:50051,10.0.0.2:50051; servers that"
    " have names share one, such as dns:///emo.example.com:50051"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """One server or several.

    `target` is what gRPC calls them: https://github.com/grpc/grpc/blob/master/doc/naming.md. `hosts` are their names
    or IP addresses; none for a unix socket.
    """

    target: str
    hosts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, a target of gRPC such as `dns:///host:port`, or a list: `ip:port,ip:port`.

        A list has IP addresses, and gRPC asks no resolver for them. It has no names: gRPC resolves one name a target.
        Only `localhost` is known without asking. Raises ValueError with a sentence.
        """
        text = text.strip()
        if text.startswith(SOCKETS):
            return cls(text, ())
        path = text
        for scheme in SCHEMES:
            path = path.removeprefix(scheme)
        path = path.lstrip("/")
        if "," not in path:
            return cls(text, (_host(path),))
        return cls._of_list([_Endpoint.parse(piece) for piece in path.split(",")])

    @classmethod
    def _of_list(cls, endpoints: "list[_Endpoint]") -> Self:
        versions = {each.ip.version for each in endpoints}
        if len(versions) > 1:
            raise ValueError(NO_LIST)
        target = f"ipv{versions.pop()}:{','.join(map(str, endpoints))}"
        return cls(target, tuple(str(each.ip) for each in endpoints))

    def require_port(self) -> None:
        """Raise ValueError if it is one server without a port; a target of gRPC may leave it out, which means 443."""
        if self.target.startswith(SOCKETS + SCHEMES):
            return
        host, _, port = self.target.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= MAX_PORT:
            raise ValueError(f"the server's address must be HOST:PORT, such as localhost:50051, not {self.target!r}")

    @property
    def are_loopback(self) -> bool:
        """Whether none of them leaves this machine: localhost, 127.0.0.0/8, ::1 or a unix socket."""
        return all(_is_loopback(host) for host in self.hosts)

    @property
    def are_several(self) -> bool:
        """Whether this is a list."""
        return len(self.hosts) > 1


@dataclass(frozen=True, slots=True)
class _Endpoint:
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        host, _, port = text.strip().rpartition(":")
        if host.lower() == LOCALHOST:
            host = "127.0.0.1"
        try:
            found = cls(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")), int(port))
        except ValueError:
            raise ValueError(NO_LIST) from None
        if (found.ip.version == 6) != host.startswith("["):  # a bare ::1:50051 may mean two things
            raise ValueError(NO_LIST)
        return found

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if self.ip.version == 6 else f"{self.ip}:{self.port}"


def _host(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.rpartition(":")[0] or address


def _is_loopback(host: str) -> bool:
    if host.lower() == LOCALHOST:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
