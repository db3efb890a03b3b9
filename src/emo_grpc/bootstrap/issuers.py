"""The issuers that the settings trust."""

from functools import partial
from typing import Final

import structlog

from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.settings.trusted_issuers import TrustedIssuer, read_trusted_issuers
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.adapters.issuers.issuer_rules import IssuerRules
from emo_grpc.users.adapters.issuers.jwt_issuers import Issuer, JwtIssuers
from emo_grpc.users.adapters.issuers.key_cache import KeyCache
from emo_grpc.users.adapters.issuers.key_sources import FileKeySource, HttpKeySource

LOGGER: Final = "emo.security"


def trusted_issuers(settings: Settings, clock: Clock) -> JwtIssuers:
    """Those of TRUSTED_ISSUERS_FILE, or none. Their keys are not read before a token comes. Raises InvalidSettings."""
    path = settings.trusted_issuers_file
    try:
        found = () if path is None else read_trusted_issuers(path)
    except ValueError as error:  # it was sound when the settings were loaded
        raise InvalidSettings(f"TRUSTED_ISSUERS_FILE: {error}") from None
    return JwtIssuers({each.issuer: Issuer(_rules(each), _keys(each, clock)) for each in found})


def _rules(given: TrustedIssuer) -> IssuerRules:
    return IssuerRules(
        issuer=given.issuer,
        audience=given.audience,
        algorithms=frozenset(given.algorithms),
        external_id_claim=given.external_id_claim,
        email_claim=given.email_claim,
        roles_claim=given.roles_claim,
        admin_role=given.admin_role,
        create_accounts=given.create_accounts,
        link_by_email=given.link_by_email,
    )


def _keys(given: TrustedIssuer, clock: Clock) -> KeyCache:
    file, report = given.jwks_file, partial(_report, given.issuer)
    return KeyCache(FileKeySource(file) if file else HttpKeySource(given.jwks_url, given.ca_file), report, clock)


def _report(issuer: str, why: str) -> None:
    structlog.get_logger(LOGGER).warning("keys of an issuer can't be read", issuer=issuer, error=why)
