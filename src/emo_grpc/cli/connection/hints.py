"""Says what a person can do about a server that is not reached."""

from typing import Final

from emo_grpc.cli.failures import NO_HINT
from emo_grpc.client import Obstacle, Unreachable
from emo_grpc.client.addresses import Addresses

HINTS: Final = {
    Obstacle.SPEAKS_TLS: "it speaks TLS: name who vouches for it with --ca-file, and leave out --insecure",
    Obstacle.NO_TLS: (
        "it does not speak TLS; plaintext to another machine takes --insecure, to this one no certificates"
    ),
    Obstacle.WANTS_CERTIFICATE: "it wants your certificate (--cert and --key)",
    Obstacle.REFUSES_CERTIFICATE: "it does not accept your certificate (--cert and --key)",
    Obstacle.OTHER_NAME: "its certificate is for another name; --server-name says which",
    Obstacle.NOT_TRUSTED: "its certificate is not trusted; name who vouches for it with --ca-file",
    Obstacle.NO_GRPC: "what answers there does not speak gRPC; is the address right?",
}
"""Where the obstacle's own words don't say it."""


def hint_of(error: Unreachable, server: str) -> str:
    """What to do about it."""
    if error.proxy is not None:
        host = Addresses.parse(server).hosts[0]
        return (
            f"the way goes through the proxy {error.proxy.address} of {error.proxy.variable}; no_proxy={host} goes"
            " straight there"
        )
    return HINTS.get(error.obstacle, error.obstacle) if error.obstacle else NO_HINT
