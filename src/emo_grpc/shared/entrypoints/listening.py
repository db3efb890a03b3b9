"""Addresses that can't be listened on."""

from emo_grpc.settings import CannotStart


def cannot_listen(address: str, variable: str = "EMO_LISTEN") -> CannotStart:
    """The error for an address that can't be bound, and is set by this variable."""
    return CannotStart(
        f"can't listen on {address}: the port is in use, or the address is not this machine's."
        f" Set {variable} to another."
    )
