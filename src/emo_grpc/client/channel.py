"""Opens the connection to a server."""

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

KEEPALIVE_MS: Final = 40_000
"""Time between pings of a connection with calls on it; servers of emo accept one every 30 s."""

MAX_RECEIVE_BYTES: Final = 16 * 1024 * 1024

IDEMPOTENT: Final = {
    # RefreshTokens: a lost answer has spent the token anyway, so asking again never makes it worse.
    "emo.users.v1.UsersService": (
        "RegisterUser", "Login", "RefreshTokens", "Logout", "GetMe", "ListSessions", "ListUsers", "GetUser",
        "SetUserState", "SetUserRoles", "ResendActivation", "RequestPasswordReset",
    ),
    "emo.assets.v1.AssetsService": (
        "CreateAsset", "GetUploadStatus", "CancelUpload", "GetAsset", "ListAssets", "GetAssetStats", "GetTagCloud",
        "ListAllAssets",
    ),
}  # fmt: skip
"""The unary RPCs that may be sent again when nobody knows whether the first one arrived."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server proves who it is, and how we do (mutual TLS).

    `ca_file` holds the PEM certificates to trust; None = those of the system. `cert_file` and `key_file` go together.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("a client certificate needs both its certificate file and its key file")


def is_loopback(target: str) -> bool:
    """Whether `target` never leaves this machine: localhost, 127.0.0.0/8, ::1 or a unix socket."""
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    address = target.removeprefix("dns:").removeprefix("ipv4:").removeprefix("ipv6:").lstrip("/")
    host = address[1:].partition("]")[0] if address.startswith("[") else address.rpartition(":")[0] or address
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_channel(target: str, *, tls: Tls | None = None, insecure: bool = False) -> grpc.aio.Channel:
    """Prepare the connection; it is made by the first call.

    Without `tls`, a loopback target is spoken to in plaintext and any other by TLS with the system's certificates;
    `insecure` allows plaintext everywhere. Raises OSError when a file of `tls` can't be read.
    """
    if tls is None and (insecure or is_loopback(target)):
        return grpc.aio.insecure_channel(target, options=_options())
    return grpc.aio.secure_channel(target, _credentials(tls or Tls()), options=_options())


def _credentials(tls: Tls) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        root_certificates=tls.ca_file.read_bytes() if tls.ca_file else None,
        private_key=tls.key_file.read_bytes() if tls.key_file else None,
        certificate_chain=tls.cert_file.read_bytes() if tls.cert_file else None,
    )


def _options() -> list[tuple[str, int | str]]:
    return [
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        ("grpc.service_config", json.dumps(_service_config())),
    ]


def _service_config() -> dict[str, object]:
    """Retries inside gRPC: https://github.com/grpc/proposal/blob/master/A6-client-retries.md."""
    return {
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
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
