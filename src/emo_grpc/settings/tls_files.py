"""What the PEM files of TLS must hold; each rule raises ValueError with what is wrong with its file."""

from pathlib import Path
from typing import Annotated

from cryptography.x509 import BasicConstraints, Certificate, ExtensionNotFound
from pydantic import AfterValidator, ValidationInfo

from emo_grpc.settings.pem_files import certificates_in, private_key_in, read_certificates, read_file


def _certificate(path: Path | None) -> Path | None:
    """A certificate, and perhaps the chain above it."""
    if path is not None:
        read_certificates(path)
    return path


def _key(path: Path | None, info: ValidationInfo) -> Path | None:
    """The private key of the first certificate; one that asks for a password is of no use here."""
    if "tls_cert_file" not in info.data:  # it is wrong by itself
        return path
    certificate: Path | None = info.data["tls_cert_file"]
    if path is not None and certificate is not None:
        require_key_of(read_certificates(certificate), certificate, read_file(path), path)
    elif path is not certificate:
        raise ValueError("and TLS_CERT_FILE need each other: set both or none")
    return path


def _authority(path: Path | None, info: ValidationInfo) -> Path | None:
    """Certificates, of which at least one may vouch for others or for itself."""
    if path is None:
        return None
    if info.data.get("tls_cert_file", path) is None:
        raise ValueError("needs TLS_CERT_FILE and TLS_KEY_FILE too")
    authorities_in(read_file(path), path)
    return path


def require_key_of(certificates: list[Certificate], path: Path, key: bytes, key_path: Path) -> None:
    """Raise ValueError if that is not the key of the first certificate."""
    if private_key_in(key, key_path).public_key() != certificates[0].public_key():
        raise ValueError(f"names {key_path}, which is not the key of the first certificate in {path}")


def authorities_in(content: bytes, path: Path) -> list[Certificate]:
    """Those that may vouch for others or for themselves; raises ValueError if none may."""
    found = [certificate for certificate in certificates_in(content, path) if _vouches(certificate)]
    if not found:
        raise ValueError(f"names {path}, whose certificate is not of an authority (CA)")
    return found


CertificateFile = Annotated[Path | None, AfterValidator(_certificate)]
KeyFile = Annotated[Path | None, AfterValidator(_key)]
AuthorityFile = Annotated[Path | None, AfterValidator(_authority)]


def _vouches(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:  # as with the roots of old
        return certificate.issuer == certificate.subject
