"""What keeps a client from reaching a server."""

from enum import StrEnum


class Obstacle(StrEnum):
    """One of them, in words for whoever has connected."""

    SPEAKS_TLS = "it speaks TLS, and was spoken to in plaintext"
    NO_TLS = "it does not speak TLS, and was spoken to in TLS"
    WANTS_CERTIFICATE = "it wants a certificate of its client"
    REFUSES_CERTIFICATE = "it does not accept the certificate of its client"
    OTHER_NAME = "its certificate is for another name"
    EXPIRED = "its certificate has expired"
    NOT_TRUSTED = "its certificate is not trusted"
    HTTP_1 = "it speaks HTTP/1.1 only: it is another server, or a proxy that does not pass gRPC on"
    NO_GRPC = "what answers there does not speak gRPC"
