"""The port of the server."""

import grpc

from emo_grpc.settings import InvalidSettings
from emo_grpc.shared.entrypoints.listening import cannot_listen
from emo_grpc.shared.entrypoints.tls.served_certificates import ServedCertificates


def listen(server: grpc.aio.Server, address: str, certificates: ServedCertificates | None) -> int:
    """Bind it, in plaintext without certificates; gives the port that was really taken. Raises CannotStart."""
    try:
        if certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, certificates.credentials)
    except RuntimeError as error:
        if certificates is not None and certificates.refusal:
            raise InvalidSettings(certificates.refusal) from error
        raise cannot_listen(address) from error
