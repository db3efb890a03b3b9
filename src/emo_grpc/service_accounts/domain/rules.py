"""What the fields of service accounts may hold. Each check names its field in `violations`."""

import re
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Final

from emo_grpc.service_accounts.domain.service_account import Network
from emo_grpc.shared.domain.text import Violations

MIN_NAME: Final = 3
MAX_NAME: Final = 32
NAME: Final = re.compile(rf"[a-z0-9._-]{{{MIN_NAME},{MAX_NAME}}}")
MAX_DESCRIPTION: Final = 500
MAX_NETWORKS: Final = 50


def check_name(violations: Violations, field: str, value: str) -> None:
    """3 to 32 of a-z, 0-9, dot, dash and underscore."""
    if not NAME.fullmatch(value):
        violations.add(field, "must have 3 to 32 characters of a-z, 0-9, dot, dash and underscore")


def check_description(violations: Violations, field: str, value: str) -> None:
    """At most 500 characters."""
    violations.text(field, value, maximum=MAX_DESCRIPTION, multiline=True)


def check_networks(violations: Violations, field: str, values: Sequence[Network]) -> None:
    """At most 50."""
    if len(values) > MAX_NETWORKS:
        violations.add(field, f"must have at most {MAX_NETWORKS} networks, has {len(values)}")


def read_networks(violations: Violations, field: str, texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks in CIDR notation (RFC 4632, RFC 4291 section 2.3); an address alone is a network of one."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:
            violations.add(field, f"{text!r:.60} is no network such as 192.0.2.0/24 or 2001:db8::/32 without host bits")
    return tuple(dict.fromkeys(found))
