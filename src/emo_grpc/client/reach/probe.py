"""Finds out what a server speaks that can't be reached: gRPC keeps that to itself, or tells of another address."""

import socket
import ssl
from typing import Final

from emo_grpc.client.channel import Tls
from emo_grpc.client.obstacles import Obstacle

PROBE_SECONDS: Final = 3.0
GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
"""What a client of HTTP/2 begins with: the preface and empty SETTINGS (RFC 9113 §3.4)."""
FRAME_TYPE: Final = 3
SETTINGS: Final = 4
WRONG_HOST: Final = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""
EXPIRED: Final = 10

WELL: Final = None
"""What is found where nothing is wrong."""


class NoAnswer(Exception):
    """Nothing is known of the server, for it does not answer at all."""


def probe(host: str, port: int, tls: Tls | None) -> Obstacle | None:
    """What is wrong with the server; WELL if nothing is. Raises NoAnswer when it does not say.

    `tls` None: plaintext is spoken; else its `server_name` is set. Takes a few seconds at most.
    """
    try:
        if tls is not None:
            with socket.create_connection((host, port), PROBE_SECONDS) as opened:
                return _in_tls(opened, tls)
        return Obstacle.SPEAKS_TLS if _speaks_tls(host, port) else _in_plaintext(host, port)
    except OSError as error:
        raise NoAnswer from error


def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is told to it
    context.set_alpn_protocols(["h2"])
    with socket.create_connection((host, port), PROBE_SECONDS) as opened:
        try:
            with context.wrap_socket(opened):
                return True
        except ssl.SSLError as error:
            return "ALERT" in (error.reason or "")  # it wants another TLS, but TLS
        except OSError:
            return False


def _in_plaintext(host: str, port: int) -> Obstacle | None:
    with socket.create_connection((host, port), PROBE_SECONDS) as opened:
        opened.sendall(GREETING)
        return _said_by(opened.recv(64))


def _said_by(answer: bytes) -> Obstacle | None:
    if not answer:
        raise NoAnswer
    if answer.startswith(b"HTTP/1"):
        return Obstacle.HTTP_1
    return WELL if answer[FRAME_TYPE : FRAME_TYPE + 1] == bytes([SETTINGS]) else Obstacle.NO_GRPC


def _in_tls(opened: socket.socket, tls: Tls) -> Obstacle | None:
    context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
    if tls.cert_file and tls.key_file:
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")  # or it would ask for one
    context.set_alpn_protocols(["h2"])
    try:
        with context.wrap_socket(opened, server_hostname=tls.server_name) as secured:
            return _after_handshake(secured, tls)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in WRONG_HOST:
            return Obstacle.OTHER_NAME
        return Obstacle.EXPIRED if error.verify_code == EXPIRED else Obstacle.NOT_TRUSTED
    except ssl.SSLError as error:
        return _refusal(tls) if "ALERT" in (error.reason or "") else Obstacle.NO_TLS


def _after_handshake(secured: ssl.SSLSocket, tls: Tls) -> Obstacle | None:
    """With TLS 1.3, who wants a certificate says so only now (RFC 8446 §4.4.2.4), or hangs up."""
    try:
        secured.sendall(GREETING)
        answer = secured.recv(64)
    except (ssl.SSLError, ConnectionError):
        return _refusal(tls)
    return _said_by(answer) if answer else _refusal(tls)


def _refusal(tls: Tls) -> Obstacle:
    return Obstacle.REFUSES_CERTIFICATE if tls.cert_file else Obstacle.WANTS_CERTIFICATE
