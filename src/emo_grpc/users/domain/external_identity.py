"""People as other parties call them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from emo_grpc.shared.domain.text import Violations

MAX_ISSUER: Final = 1000
MAX_EXTERNAL_ID: Final = 255
"""OpenID Connect Core, section 2, of `sub`."""


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """What an issuer calls somebody; both compare character by character (RFC 7519, section 4.1)."""

    issuer: str
    external_id: str

    def __post_init__(self) -> None:
        violations = Violations()
        violations.identifier("issuer", self.issuer, minimum=1, maximum=MAX_ISSUER)
        violations.identifier("external_id", self.external_id, minimum=1, maximum=MAX_EXTERNAL_ID)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An identity that may use an account, and since when."""

    identity: ExternalIdentity
    link_time: datetime
