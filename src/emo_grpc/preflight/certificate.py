"""Checks of the certificates of the port. That the key is the certificate's is a rule of the settings."""

import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtendedKeyUsage,
    ExtensionNotFound,
    IPAddress,
    Name,
    SubjectAlternativeName,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from emo_grpc.preflight.finding import Finding, fail, ok, warn
from emo_grpc.settings import Settings
from emo_grpc.settings.pem_files import read_certificates
from emo_grpc.shared.entrypoints.tls.expiry import NOTICE
from emo_grpc.shared.service_layer.clock import Clock

SERVER_PURPOSES: Final = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


def look_at_certificate(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether clients that know the authority take it: its dates, names, purpose, and the chain above it."""
    if settings.tls_cert_file is None:
        return []
    path, now = settings.tls_cert_file, clock()
    chain = read_certificates(path)
    found = [finding for each in chain for finding in _dates(each, path, now)]
    found += [*_names(chain[0], path, settings.emo_listen), *_purpose(chain[0], path), *_chain(chain, path)]
    if settings.tls_client_ca_file is not None:
        for authority in read_certificates(settings.tls_client_ca_file):
            found += _dates(authority, settings.tls_client_ca_file, now)
    until = f"{chain[0].not_valid_after_utc:%Y-%m-%d}"
    return (
        [ok(f"for {', '.join(_texts(chain[0]))}, with its key, until {until}"), *found] if not _fails(found) else found
    )


def _fails(found: Sequence[Finding]) -> bool:
    return any(finding.result == "fail" for finding in found)


def _dates(certificate: Certificate, path: Path, now: datetime) -> list[Finding]:
    who = f"{path}: {_called(certificate.subject)}"
    if now < certificate.not_valid_before_utc:
        begin = certificate.not_valid_before_utc
        return [fail(f"{who} is not valid before {begin:%Y-%m-%d %H:%M} UTC", "is the clock right?")]
    end = certificate.not_valid_after_utc
    if now >= end:
        return [fail(f"{who} expired on {end:%Y-%m-%d %H:%M} UTC", "renew it")]
    return [warn(f"{who} expires in {(end - now).days} days", "renew it")] if end - now < NOTICE else []


def _names(certificate: Certificate, path: Path, listen: str) -> list[Finding]:
    names = _texts(certificate)
    if not names:
        return [fail(f"{path} has no subject alternative name, without which no client takes it", "make it with one")]
    host = listen.rpartition(":")[0].strip("[]")
    with suppress(ValueError):
        if ip_address(host).is_unspecified or ip_address(host).is_loopback:
            return []
    if any(_fits(name, host) for name in names):
        return []
    return [warn(f"{path} is not for {host}, where EMO_LISTEN listens", "clients have to call it by one of its names")]


def _fits(name: str, host: str) -> bool:
    """By RFC 9525, section 6.3: a wildcard stands for the first label."""
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _texts(certificate: Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return []
    return [*names.get_values_for_type(DNSName), *map(str, names.get_values_for_type(IPAddress))]


def _purpose(certificate: Certificate, path: Path) -> list[Finding]:
    try:
        purposes = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return []
    if any(purpose in SERVER_PURPOSES for purpose in purposes):
        return []
    return [fail(f"{path} is not for servers (extended key usage)", "make one for serverAuth")]


def _chain(chain: Sequence[Certificate], path: Path) -> list[Finding]:
    for below, above in pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            what = f"{_called(above.subject)} in {path} did not issue {_called(below.subject)} before it"
            return [fail(what, "the server's certificate comes first, and after each the one that issued it")]
    last = chain[-1]
    if frozenset(str(each.value) for each in last.issuer) in _trusted_here():
        return []
    hint = "clients need its certificate (--ca-file), or one in between is missing in the file"
    return [warn(f"this machine does not know {_called(last.issuer)}, who issued the last certificate in {path}", hint)]


def _trusted_here() -> set[frozenset[str]]:
    """The values in the subjects of all authorities that the system trusts."""
    context = ssl.create_default_context()
    folder = ssl.get_default_verify_paths().capath
    if not context.get_ca_certs() and folder is not None:  # OpenSSL reads a folder when it needs one of its files
        for file in Path(folder).glob("*.0"):
            with suppress(OSError):
                context.load_verify_locations(file)
    subjects = [each["subject"] for each in context.get_ca_certs() if isinstance(each["subject"], tuple)]
    return {frozenset(str(pair[1]) for group in subject for pair in group) for subject in subjects}


def _called(name: Name) -> str:
    return name.rfc4514_string() or "a certificate without a name"
