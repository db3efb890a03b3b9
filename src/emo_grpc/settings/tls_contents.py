"""What the files of TLS hold at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from emo_grpc.settings.pem_files import certificates_in, read_file
from emo_grpc.settings.tls_files import authorities_in, require_key_of


@dataclass(frozen=True, slots=True)
class TlsContents:
    """PEM of the certificate (chain), of its key, and of the authorities of clients, which fit each other.

    `expires`: until when the whole chain, and any of the authorities, are good, by the variable that names the file.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes | None
    expires: dict[str, datetime] = field(compare=False)

    @classmethod
    def read(cls, certificate: Path, key: Path, authority: Path | None) -> Self:
        """Read the files; raises ValueError, with the variable, when one of them does not hold what it must."""
        expires = {}
        with _of("TLS_CERT_FILE"):
            certificate_pem = read_file(certificate)
            chain = certificates_in(certificate_pem, certificate)
            expires["TLS_CERT_FILE"] = min(each.not_valid_after_utc for each in chain)
        with _of("TLS_KEY_FILE"):
            key_pem = read_file(key)
            require_key_of(chain, certificate, key_pem, key)
        authority_pem = None
        if authority is not None:
            with _of("TLS_CLIENT_CA_FILE"):
                authority_pem = read_file(authority)
                vouching = authorities_in(authority_pem, authority)
                expires["TLS_CLIENT_CA_FILE"] = max(each.not_valid_after_utc for each in vouching)
        return cls(certificate_pem, key_pem, authority_pem, expires)


@contextmanager
def _of(variable: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{variable} {error}") from None
