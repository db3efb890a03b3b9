"""Stored counts of failed logins, the same in every database."""

from emo_grpc.shared.adapters.times import EPOCH, readable_time
from emo_grpc.users.domain.throttling import Failures


def failures_of(count: object, window_start: object, blocked_until: object) -> Failures | None:
    """What was counted; None where that is damaged, which locks nobody out for ever: counting begins anew."""
    start = readable_time(window_start)
    until = None if blocked_until is None else readable_time(blocked_until)
    if not isinstance(count, int) or EPOCH in (start, until):
        return None
    return Failures(count=count, window_start=start, blocked_until=until)
