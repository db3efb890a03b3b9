"""How much room there is."""

from typing import Final

from emo_grpc.assets.adapters.filesystem.durable_files import RESERVED
from emo_grpc.preflight.finding import Finding, fail, ok, warn

SCARCE: Final = 5 << 30
"""Bytes: room for some large uploads; who looks now and then gets to know before nothing goes any more."""
MEGABYTE: Final = 1_000_000


def judged(free: int, where: str, full: int = RESERVED) -> Finding:
    """Of so many free bytes. `full`: with less nothing goes."""
    message = f"{free // MEGABYTE:,} MB free on {where}"
    if free < full:
        return fail(message, "make room: uploads are refused")
    return ok(message) if free >= SCARCE else warn(message, "make room soon")
