"""Kinds of keys that gRPC knows."""

from concurrent.futures import ThreadPoolExecutor

import grpc

from emo_grpc.settings.tls_contents import TlsContents


def is_usable(contents: TlsContents) -> bool:
    """Whether gRPC can serve with them; it does not say why it can't open a port."""
    credentials = grpc.ssl_server_credentials([(contents.key, contents.certificate)])
    try:
        grpc.server(ThreadPoolExecutor(1)).add_secure_port("localhost:0", credentials)
    except RuntimeError:
        return False
    return True


def not_usable(certificate: object) -> str:
    """The sentence for certificates that are valid, but of a kind that gRPC does not support."""
    return f"TLS_CERT_FILE names {certificate}, whose kind of key gRPC can't use: take one of RSA or P-256"
