"""Finds out what a server speaks that can't be reached: gRPC keeps that to itself, or tells of another address."""

import socket
import ssl
from typing import Final

from emo_grpc.client import Tls

PROBE_SECONDS: Final = 3.0
GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
"""What a client of HTTP/2 begins with: the preface and empty SETTINGS (RFC 9113 §3.4)."""
FRAME_TYPE: Final = 3
SETTINGS: Final = 4
WRONG_HOST: Final = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""
EXPIRED: Final = 10

SPEAKS_TLS: Final = "it speaks TLS: name who vouches for it with --ca-file, and leave out --insecure"
NO_TLS: Final = "it does not speak TLS; plaintext to another machine takes --insecure, to this one no certificates"
WANTS_CERTIFICATE: Final = "it wants your certificate (--cert and --key)"
REFUSES_CERTIFICATE: Final = "it does not accept your certificate (--cert and --key)"
OTHER_NAME: Final = "its certificate is for another name; --server-name says which"
TOO_OLD: Final = "its certificate has expired"
NOT_TRUSTED: Final = "its certificate is not trusted; name who vouches for it with --ca-file"
HTTP_1: Final = "it speaks HTTP/1.1 only: it is another server, or a proxy that does not pass gRPC on"
NO_GRPC: Final = "what answers there does not speak gRPC; is the address right?"


def probe(host: str, port: int, tls: Tls | None) -> str | None:
    """What is wrong with the server, in words that say what to do. None if nothing is known, "" if nothing is wrong.

    `tls` None: plaintext is spoken; else its `server_name` is set. Takes a few seconds at most.
    """
    try:
        opened = socket.create_connection((host, port), PROBE_SECONDS)
    except OSError:
        return None
    with opened:
        if tls is not None:
            return _in_tls(opened, tls)
    return SPEAKS_TLS if _speaks_tls(host, port) else _in_plaintext(host, port)


def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is told to it
    context.set_alpn_protocols(["h2"])
    try:
        with socket.create_connection((host, port), PROBE_SECONDS) as opened, context.wrap_socket(opened):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")  # it wants another TLS, but TLS
    except OSError:
        return False


def _in_plaintext(host: str, port: int) -> str | None:
    try:
        with socket.create_connection((host, port), PROBE_SECONDS) as opened:
            opened.sendall(GREETING)
            return _said_by(opened.recv(64))
    except OSError:
        return None


def _said_by(answer: bytes) -> str | None:
    if not answer:
        return None
    if answer.startswith(b"HTTP/1"):
        return HTTP_1
    return "" if answer[FRAME_TYPE : FRAME_TYPE + 1] == bytes([SETTINGS]) else NO_GRPC


def _in_tls(opened: socket.socket, tls: Tls) -> str | None:
    try:
        context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
        if tls.cert_file and tls.key_file:
            context.load_cert_chain(tls.cert_file, tls.key_file, password="")  # or it would ask for one
        context.set_alpn_protocols(["h2"])
        with context.wrap_socket(opened, server_hostname=tls.server_name) as secured:
            return _after_handshake(secured, tls)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in WRONG_HOST:
            return OTHER_NAME
        return TOO_OLD if error.verify_code == EXPIRED else NOT_TRUSTED
    except ssl.SSLError as error:
        return _refusal(tls) if "ALERT" in (error.reason or "") else NO_TLS
    except OSError:
        return None


def _after_handshake(secured: ssl.SSLSocket, tls: Tls) -> str | None:
    """With TLS 1.3, who wants a certificate says so only now (RFC 8446 §4.4.2.4), or hangs up."""
    try:
        secured.sendall(GREETING)
        answer = secured.recv(64)
    except (ssl.SSLError, ConnectionError):
        return _refusal(tls)
    return _said_by(answer) if answer else _refusal(tls)


def _refusal(tls: Tls) -> str:
    return REFUSES_CERTIFICATE if tls.cert_file else WANTS_CERTIFICATE
