"""Opens the connections to the servers."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from emo_grpc.client.addresses import Addresses
from emo_grpc.client.connections.connection_pool import OWN_CONNECTION, ConnectionPool
from emo_grpc.client.idempotence import IDEMPOTENT
from emo_grpc.client.proxies import NO_PROXY, goes_straight

KEEPALIVE_MS: Final = 40_000
"""Time between pings of a connection with calls on it; servers of emo accept one every 30 s."""

MAX_RECEIVE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server proves who it is, and how we do (mutual TLS).

    `ca_file` holds the PEM certificates to trust; None = those of the system. `cert_file` and `key_file` go together.
    `server_name` is what every server's certificate must be for; None = the host that was asked for.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("a client certificate needs both its certificate file and its key file")


def is_loopback(target: str) -> bool:
    """Whether `target` never leaves this machine: localhost, 127.0.0.0/8, ::1 or a unix socket, all of a list.

    Raises ValueError for a list that is none.
    """
    return Addresses.parse(target).are_loopback


def spoken_tls(addresses: Addresses, tls: Tls | None, *, insecure: bool) -> Tls | None:
    """How TLS is spoken to these servers; None for plaintext. See open_channel."""
    return tls or (None if insecure or addresses.are_loopback else Tls())


def open_channel(
    target: str, *, tls: Tls | None = None, insecure: bool = False, connections: int = 1
) -> grpc.aio.Channel:
    """Prepare the connections to all servers of `target` (see Addresses.parse); they are made by the first call.

    `connections`: as many to each server, as calls at the same time need them; see ConnectionPool.

    Without `tls`, loopback targets are spoken to in plaintext and any other by TLS with the system's certificates;
    `insecure` allows plaintext everywhere. Loopback targets, and lists, are never reached through a proxy.

    Raises OSError when a file of `tls` can't be read, and ValueError when the address or a list of them is none, when a
    file of `tls` does not hold what it should, when a list comes without the server name that its certificates are for,
    or without any connection.
    """
    addresses = Addresses.parse(target)
    addresses.require_port()
    if connections < 1:
        raise ValueError("a client needs one connection at least")
    options = [*_options(), *(NO_PROXY if goes_straight(addresses) else ())]
    tls = spoken_tls(addresses, tls, insecure=insecure)
    options += _name_to_prove(tls, addresses) if tls else []
    credentials = _credentials(tls) if tls else None
    if connections == 1:
        return _channel(addresses, credentials, options)
    return ConnectionPool([_channel(addresses, credentials, [*options, OWN_CONNECTION]) for _ in range(connections)])


def _channel(
    addresses: Addresses, credentials: grpc.ChannelCredentials | None, options: list[tuple[str, int | str]]
) -> grpc.aio.Channel:
    if credentials is None:
        return grpc.aio.insecure_channel(addresses.target, options=options)
    return grpc.aio.secure_channel(addresses.target, credentials, options=options)


def _check(tls: Tls, authorities: bytes | None) -> None:
    """Read its files as ssl does, since gRPC takes anything and then reaches no server."""
    context = ssl.create_default_context()
    if authorities is not None:
        with _refusing(f"{tls.ca_file} holds no certificate"):
            context.load_verify_locations(cadata=authorities.decode("ascii", "replace"))
    # What comes through a pipe can be read once only.
    if tls.cert_file and tls.cert_file.is_file() and tls.key_file and tls.key_file.is_file():
        with _refusing(f"{tls.cert_file} and {tls.key_file} are no certificate and its key"):
            context.load_cert_chain(tls.cert_file, tls.key_file, password="")  # or it would ask for one


@contextmanager
def _refusing(sentence: str) -> Iterator[None]:
    try:
        yield
    except (ssl.SSLError, ValueError) as error:
        raise ValueError(sentence) from error


def _credentials(tls: Tls) -> grpc.ChannelCredentials:
    authorities = tls.ca_file.read_bytes() if tls.ca_file else None
    credentials = grpc.ssl_channel_credentials(
        root_certificates=authorities,
        private_key=tls.key_file.read_bytes() if tls.key_file else None,
        certificate_chain=tls.cert_file.read_bytes() if tls.cert_file else None,
    )
    _check(tls, authorities)
    return credentials


def _name_to_prove(tls: Tls, addresses: Addresses) -> list[tuple[str, int | str]]:
    # Of a list gRPC would check the certificates against the text of the whole list, which no certificate has.
    if addresses.are_several and tls.server_name is None:
        raise ValueError("several IP addresses over TLS need the server name that each certificate is for")
    return [("grpc.default_authority", tls.server_name)] if tls.server_name else []


def _options() -> list[tuple[str, int | str]]:
    return [
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        # When connections fail, a DNS name is looked up again; replicas may have moved. 30 s by default.
        ("grpc.dns_min_time_between_resolutions_ms", 5_000),
        ("grpc.service_config", json.dumps(_service_config())),
    ]


def _service_config() -> dict[str, object]:
    """Retries inside gRPC: https://github.com/grpc/proposal/blob/master/A6-client-retries.md.

    round_robin keeps a connection to every server, so the next one is there when one dies, and comes back to those that
    come back. pick_first would put all streams of a client on one server, and leave the others idle until it dies.
    """
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [
                    {"service": service, "method": method}
                    for service, methods in IDEMPOTENT.items()
                    for method in methods
                ],
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    # CANCELLED is how a server that drains ends calls that came too late for it to begin with.
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            }
        ],
    }
