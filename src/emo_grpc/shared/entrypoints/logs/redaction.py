"""Keeps secrets out of the log, in lines of emo and of libraries."""

import logging
import re
import sys
import threading
from typing import Final

REDACTED: Final = "[redacted]"

# What follows a scheme of RFC 9110 §11.4, up to a blank or a quote: a token with odd bytes in it is one too.
_CREDENTIALS: Final = re.compile(r"\b(bearer|basic)(\s+)[^\s\"']+", re.IGNORECASE)
# Every JSON Web Token (RFC 7519) begins with these letters, for they are `{"` in base64. The backslash is for bytes as
# Python writes them.
_JSON_WEB_TOKEN: Final = re.compile(r"eyJ[\w.\\-]{8,}")
_MARKS: Final = ("bearer", "basic", "eyj")
_PASSWORD_IN_URL: Final = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")
# Refresh and activation tokens are base64url without a mark of their own, of 64 characters at least.
_OPAQUE_TOKEN: Final = re.compile(r"[\w-]{60,}")

CLIENTS_NOISE: Final = (
    "Invalid encoding on ",
    "Unexpected [UnicodeDecodeError] raised by servicer method [",
    "ExecuteBatchError raised in core by servicer method ",
)
"""How gRPC begins what it says of a header or a path that is not UTF-8, or of a client that went away: errors with
tracebacks, which anybody can cause at will. The line of the call has all that matters, if there was a call.
"""


def may_hold_credentials(line: str) -> bool:
    """Whether there may be something to redact in a line that emo wrote.

    Only for speed, for a call waits for each line: without one of these neither pattern finds anything.
    """
    folded = line.casefold()
    return any(mark in folded for mark in _MARKS)


def redacted(line: str) -> str:
    """A line that emo wrote, without access tokens and other credentials."""
    return _without_credentials(line) if may_hold_credentials(line) else line


def redacted_foreign(line: str) -> str:
    """The line of a library without anything that looks like a secret."""
    return _OPAQUE_TOKEN.sub(REDACTED, _PASSWORD_IN_URL.sub(rf"\1{REDACTED}@", _without_credentials(line)))


def _without_credentials(line: str) -> str:
    return _JSON_WEB_TOKEN.sub(REDACTED, _CREDENTIALS.sub(rf"\1\2{REDACTED}", line))


class ForeignRecords(logging.Filter):
    """Keeps back gRPC's noise, and of bytes, which are whatever a client sent, shows only how many they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be shown."""
        if record.name.startswith("grpc") and record.getMessage().startswith(CLIENTS_NOISE):
            return False
        if isinstance(record.args, tuple):
            record.args = tuple(f"<{len(arg)} bytes>" if isinstance(arg, bytes) else arg for arg in record.args)
        return True


def log_uncaught() -> None:
    """Send uncaught errors to the log, which Python itself would print."""
    log = logging.getLogger("python")
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: log.critical("uncaught error", exc_info=(kind, error, trace))
    sys.unraisablehook = lambda found: log.error("error that can't be raised", exc_info=found.exc_value)
    threading.excepthook = lambda found: log.error("uncaught error of a thread", exc_info=found.exc_value)
