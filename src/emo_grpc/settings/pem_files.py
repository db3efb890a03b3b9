"""Reads keys and certificates from PEM files; raises ValueError with what is wrong with the file."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates


def read_private_key(path: Path) -> PrivateKeyTypes:
    """A private key that is not locked with a password."""
    return private_key_in(read_file(path), path)


def private_key_in(content: bytes, path: Path) -> PrivateKeyTypes:
    """As `read_private_key`, of what was read from there."""
    try:
        return load_pem_private_key(content, password=None)
    except TypeError:
        raise ValueError(f"names {path}, whose key is locked with a password: a server has nobody to ask") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"names {path}, which holds no private key in PEM") from None


def read_certificates(path: Path) -> list[Certificate]:
    """At least one certificate."""
    return certificates_in(read_file(path), path)


def certificates_in(content: bytes, path: Path) -> list[Certificate]:
    """As `read_certificates`, of what was read from there."""
    try:
        found = load_pem_x509_certificates(content)
        for certificate in found:
            certificate.public_key()  # which is read only now
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"names {path}, which holds no certificate in PEM") from None
    return found


def read_file(path: Path) -> bytes:
    """The bytes of a file that must be there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"names {path}, which is not there") from None
    except OSError as error:
        raise ValueError(f"names {path}, which can't be read: {error.strerror}") from None
