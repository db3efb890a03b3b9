"""What the PEM files of TLS must hold; each rule raises ValueError with what is wrong with its file."""

from pathlib import Path
from typing import Annotated

from cryptography.x509 import BasicConstraints, Certificate, ExtensionNotFound
from pydantic import AfterValidator, ValidationInfo

from emo_grpc.settings.pem_files import read_certificates, read_private_key


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
        if read_private_key(path).public_key() != read_certificates(certificate)[0].public_key():
            raise ValueError(f"names {path}, which is not the key of the first certificate in {certificate}")
    elif path is not certificate:
        raise ValueError("and TLS_CERT_FILE need each other: set both or none")
    return path


def _authority(path: Path | None, info: ValidationInfo) -> Path | None:
    """Certificates, of which at least one may vouch for others or for itself."""
    if path is None:
        return None
    if info.data.get("tls_cert_file", path) is None:
        raise ValueError("needs TLS_CERT_FILE and TLS_KEY_FILE too")
    if not any(_vouches(certificate) for certificate in read_certificates(path)):
        raise ValueError(f"names {path}, whose certificate is not of an authority (CA)")
    return path


CertificateFile = Annotated[Path | None, AfterValidator(_certificate)]
KeyFile = Annotated[Path | None, AfterValidator(_key)]
AuthorityFile = Annotated[Path | None, AfterValidator(_authority)]


def _vouches(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:  # as with the roots of old
        return certificate.issuer == certificate.subject
