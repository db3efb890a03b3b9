"""What the fields of accounts and sessions may hold. Each check names its field in `violations`."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain.email_address import is_email_address

MIN_USERNAME: Final = 3
MAX_USERNAME: Final = 32
USERNAME: Final = re.compile(rf"[a-z0-9._-]{{{MIN_USERNAME},{MAX_USERNAME}}}")
LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, well-formed
MAX_EMAIL: Final = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
MAX_LOCALE: Final = 35  # RFC 5646, section 4.4.1
MAX_PUBLIC_NAME: Final = 100
MAX_DEVICE_ID: Final = 100
MAX_REASON: Final = 500
MIN_PASSWORD: Final = 8
MAX_PASSWORD: Final = 128
DEFAULT_LOCALE: Final = "en"


class Scope(StrEnum):
    """A service that an access token can be good for."""

    USERS = "users"
    ASSETS = "assets"
    AUDIT = "audit"
    SERVICE_ACCOUNTS = "service_accounts"


def check_username(violations: Violations, field: str, value: str) -> None:
    """3 to 32 of a-z, 0-9, dot, dash and underscore."""
    if not USERNAME.fullmatch(value):
        violations.add(field, "must have 3 to 32 characters of a-z, 0-9, dot, dash and underscore")


def check_email(violations: Violations, field: str, value: str) -> None:
    """At most 254 characters, local part and domain, none of them invisible."""
    violations.identifier(field, value, maximum=MAX_EMAIL)
    if len(value) <= MAX_EMAIL and not is_email_address(value):
        violations.add(field, "must be an e-mail address such as ana@example.org")


def check_new_password(violations: Violations, field: str, value: str) -> None:
    """8 to 128 characters. What is wrong with it is told without showing it."""
    violations.text(field, value, minimum=MIN_PASSWORD, maximum=MAX_PASSWORD)


def check_given_password(violations: Violations, field: str, value: str) -> None:
    """A password to be compared: not empty, and no longer than any can be."""
    if not 0 < len(value) <= MAX_PASSWORD:
        violations.add(field, f"must have 1 to {MAX_PASSWORD} characters")


def check_public_name(violations: Violations, field: str, value: str) -> None:
    """At most 100 characters; empty is allowed and stands for the username."""
    violations.text(field, value, minimum=1 if value else 0, maximum=MAX_PUBLIC_NAME)


def check_locale(violations: Violations, field: str, value: str) -> None:
    """BCP 47, at most 35 characters; empty is allowed and stands for English."""
    if value and (len(value) > MAX_LOCALE or not LOCALE.fullmatch(value)):
        violations.add(field, "must be a language tag (BCP 47) such as en or ca-ES, at most 35 characters")


def check_scopes(violations: Violations, field: str, values: Iterable[str]) -> None:
    """Known scopes only."""
    if set(values) - set(Scope):
        violations.add(field, f"must be of {', '.join(Scope)}")


def valid_public_name(wish: str) -> str:
    """The public name that somebody has elsewhere, or none if it can't be one here."""
    return _valid(check_public_name, wish.strip())


def valid_locale(wish: str) -> str:
    """The language tag that somebody has elsewhere, as OpenID Connect writes it or as POSIX does, or none."""
    return _valid(check_locale, wish.strip().replace("_", "-"))


def _valid(check: Callable[[Violations, str, str], None], wish: str) -> str:
    violations = Violations()
    check(violations, "wish", wish)
    return "" if violations.error().violations else wish
