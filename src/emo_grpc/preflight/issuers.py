"""Checks of the trusted issuers."""

from collections.abc import Sequence
from functools import partial

from emo_grpc.preflight.finding import Check, Finding, fail, ok
from emo_grpc.settings import Settings
from emo_grpc.settings.trusted_issuers import TrustedIssuer, read_trusted_issuers
from emo_grpc.users.adapters.issuers.jwks import read_jwks
from emo_grpc.users.adapters.issuers.key_sources import FileKeySource, HttpKeySource, SourceFailed


def issuer_checks(settings: Settings, seconds: float) -> Sequence[Check]:
    """One for each issuer of the file, which must be right. `seconds`: for its answer."""
    if settings.trusted_issuers_file is None:
        return ()
    issuers = read_trusted_issuers(settings.trusted_issuers_file)
    return [Check(f"issuer {each.issuer}", partial(_look, each, seconds)) for each in issuers]


async def _look(issuer: TrustedIssuer, seconds: float) -> list[Finding]:
    """Whether its keys can be had, and some are of use."""
    where = str(issuer.jwks_file or issuer.jwks_url)
    source = FileKeySource(issuer.jwks_file) if issuer.jwks_file else HttpKeySource(where, issuer.ca_file, seconds)
    try:
        keys = read_jwks(await source())
    except (SourceFailed, ValueError) as error:
        return [fail(f"its keys can't be read from {where}: {error}", "nobody whom it vouches for can log in")]
    return [ok(f"{len(keys)} key{'' if len(keys) == 1 else 's'} at {where}")]
