"""Transport security from files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from emo_grpc.settings import CannotStart, InvalidSettings, Settings


def server_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What TLS_CERT_FILE and its companions name; None for a plaintext port.

    With TLS_CLIENT_CA_FILE clients must show a certificate that it vouches for (mTLS). Raises CannotStart when a
    named file can't be read: a server that was meant to be safe never starts unsafe.
    """
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        return None
    pair = (_read("TLS_KEY_FILE", settings.tls_key_file), _read("TLS_CERT_FILE", settings.tls_cert_file))
    if settings.tls_client_ca_file is None:
        return grpc.ssl_server_credentials([pair])
    authority = _read("TLS_CLIENT_CA_FILE", settings.tls_client_ca_file)
    return grpc.ssl_server_credentials([pair], root_certificates=authority, require_client_auth=True)


def is_usable(credentials: grpc.ServerCredentials) -> bool:
    """Whether gRPC can serve with them; it does not say why it can't open a port."""
    try:
        grpc.server(ThreadPoolExecutor(1)).add_secure_port("localhost:0", credentials)
    except RuntimeError:
        return False
    return True


def unusable(settings: Settings) -> InvalidSettings:
    """The error for certificates that are valid, but of a kind that gRPC does not support."""
    return InvalidSettings(
        f"TLS_CERT_FILE names {settings.tls_cert_file}, whose kind of key gRPC can't use: take one of RSA or P-256"
    )


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{variable} names {path}, which can't be read: {error.strerror}") from error
