"""Addresses that can't be listened on."""

from emo_grpc.settings import CannotStart


def cannot_listen(address: str) -> CannotStart:
    """What an operator is told of it."""
    return CannotStart(
        f"can't listen on {address}: the port is in use, or the address is not this machine's."
        " Set EMO_LISTEN to another."
    )
