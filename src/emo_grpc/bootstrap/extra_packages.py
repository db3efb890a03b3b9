"""Engines that need packages which may not be installed."""

from emo_grpc.extras import Extra, installing, is_missing
from emo_grpc.settings import InvalidSettings


def require_extra(extra: Extra, variable: str) -> None:
    """Raise InvalidSettings if `variable` is set and what it needs is not installed."""
    if is_missing(extra):
        raise InvalidSettings(f"{variable} is set, and needs packages that are not installed: {installing(extra)}")
