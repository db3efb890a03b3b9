"""Names of variables that look like settings and are none: a typo would otherwise go unnoticed."""

import os
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Final

from dotenv import dotenv_values

ENV_FILE: Final = ".env"
CLIENT_VARIABLES: Final = frozenset({"EMO_SERVER", "EMO_PASSWORD", "EMO_CONFIG_DIR", "EMO_TOKEN", "EMO_SERVICE_KEY"})
"""What `emo` reads as a client, from the environment alone. A `.env` that a shell reads for both may have them."""
OF_OPENTELEMETRY: Final = frozenset(
    {
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_LOGS_EXPORTER",
        "OTEL_METRICS_EXPORTER",
    }
)
"""Variables for others that are close to settings of ours."""
OUR_PREFIXES: Final = ("EMO_", "JWT_SECRET_", "JWT_SIGNING_", "DATA_KEY_ENCRYPTION_", "ASSET_S3_", "BACKUP_S3_")
MIN_SIMILARITY: Final = 0.88
"""As difflib's `ratio`: two wrong letters in a name of 20, one in one of 10. What others really use, such as
SSL_CERT_FILE of OpenSSL and MONGO_INITDB_DATABASE of MongoDB's container, is farther from ours than that."""


def given_names(given: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that have a value in the environment or `given`, and those in `.env`; in capitals.

    Raises OSError or UnicodeDecodeError when `.env` can't be read.
    """
    return _in_capitals({**os.environ, **given}), _in_capitals(dotenv_values(ENV_FILE, interpolate=False))


def value_of(name: str) -> str:
    """What this setting was given, whether or not the settings are right."""
    found: dict[str, str | None] = {}
    with suppress(OSError, UnicodeDecodeError):
        found |= dotenv_values(ENV_FILE)
    found |= os.environ
    return next((value for known, value in found.items() if known.upper() == name and value), "")


def unknown_names(in_environment: frozenset[str], in_file: frozenset[str], known: frozenset[str]) -> list[str]:
    """A line for each name that is probably meant to be a setting.

    These are names close to a setting that is not set itself, and in `.env` all that begin as only ours do: an
    environment may have such from elsewhere, as Kubernetes has for a service called emo.
    """
    given = in_environment | in_file
    foreign = sorted(given - known - CLIENT_VARIABLES - OF_OPENTELEMETRY)
    lines = []
    for name in foreign:
        meant = get_close_matches(name, known - given, n=1, cutoff=MIN_SIMILARITY)
        if meant:
            lines.append(f"{name}: is no setting; did you mean {meant[0]}?")
        elif name in in_file and name.startswith(OUR_PREFIXES):
            lines.append(f"{name}: is no setting of emo")
    return lines


def _in_capitals(variables: Mapping[str, str | None]) -> frozenset[str]:
    return frozenset(name.upper() for name, value in variables.items() if value)
