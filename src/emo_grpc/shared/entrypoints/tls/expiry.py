"""Tells in time that certificates are about to expire."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

NOTICE: Final = timedelta(days=14)
"""As long before its end as those who renew every 60 days of 90 have failed for two weeks."""
AGAIN: Final = timedelta(days=1)


class ExpiryNotice:
    """A warning in the log once a day, of each file whose certificates end within NOTICE; an error once they have."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}

    def tell(self, expires: Mapping[str, datetime], now: datetime) -> None:
        """Look at them. `expires`: by the variable that names the file."""
        for variable, end in expires.items():
            if end - now > NOTICE:
                self._told.pop(variable, None)
            elif variable not in self._told or now - self._told[variable] >= AGAIN:
                self._told[variable] = now
                _tell(variable, end, now)


def _tell(variable: str, end: datetime, now: datetime) -> None:
    log = structlog.get_logger("emo").bind(setting=variable, expires=end.isoformat())
    if end <= now:
        log.error("a certificate has expired: clients refuse it")
    else:
        log.warning("a certificate expires soon", days=(end - now).days)
