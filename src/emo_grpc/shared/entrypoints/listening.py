"""Addresses that can't be listened on."""

from emo_grpc.settings import CannotStart


def cannot_listen(address: str) -> CannotStart:
    """The error for an address that can't be bound."""
    return CannotStart(
        f"can't listen on {address}: the port is in use, or the address is not this machine's."
        " Set EMO_LISTEN to another."
    )
