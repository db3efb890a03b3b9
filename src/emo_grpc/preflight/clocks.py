"""Compares the clocks of engines with that of this machine."""

from datetime import datetime
from typing import Final

from emo_grpc.preflight.finding import Finding, fail, ok, warn

WARN_SECONDS: Final = 2.0
FAIL_SECONDS: Final = 10.0
"""By so much the clocks of servers may differ (docs/reliability.md); those of engines stand for other machines."""
HINT: Final = "set the clocks of both by NTP"


def compared(told: datetime, before: datetime, after: datetime, whose: str, *, unit_seconds: float = 0) -> Finding:
    """Of a time that was `told` between two times of ours, cut to whole units."""
    earlier = (before - told).total_seconds() - unit_seconds
    later = (told - after).total_seconds()
    apart = max(earlier, later, 0.0)
    if apart < WARN_SECONDS:
        return ok(f"agrees with {whose}")
    side = "ahead of" if earlier > later else "behind"
    message = f"this machine's clock is {apart:.0f} s {side} that of {whose}"
    return (fail if apart >= FAIL_SECONDS else warn)(message, HINT)
