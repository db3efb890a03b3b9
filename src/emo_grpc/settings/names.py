"""Names of variables that look like settings and are none: a typo would otherwise go unnoticed."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final

from dotenv import dotenv_values

from emo_grpc.settings.errors import Complaint

ENV_FILE: Final = ".env"
ESCAPE: Final = "EMO_FOREIGN_VARIABLES"
CLIENT_VARIABLES: Final = frozenset(
    {"EMO_SERVER", "EMO_USERNAME", "EMO_PASSWORD", "EMO_CONFIG_DIR", "EMO_TOKEN", "EMO_SERVICE_KEY"}
)
"""What `emo` and the clients in `examples/` read. An environment, or a `.env` that a shell reads for both, may have
them."""
OF_DEVELOPMENT: Final = ("EMO_TEST_", "EMO_ATTACKS", "EMO_SURVIVAL", "EMO_PROXIES")
"""How variables begin that our own tests read."""
OF_OPENTELEMETRY: Final = frozenset(
    {
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_LOGS_EXPORTER",
        "OTEL_METRICS_EXPORTER",
    }
)
"""Variables for others that are close to settings of ours."""
OUR_PREFIXES: Final = ("EMO_", "ASSET_", "JWT_", "DATA_KEY_", "EMAIL_", "TLS_", "BACKUP_S3_")
MIN_SIMILARITY: Final = 0.88
"""As difflib's `ratio`: two wrong letters in a name of 20, one in one of 10. What others really use, such as
SSL_CERT_FILE of OpenSSL and MONGO_INITDB_DATABASE of MongoDB's container, is farther from ours than that."""

HOST_OF_SERVICE: Final = "_SERVICE_HOST"
OF_SERVICE: Final = re.compile(r"_SERVICE_(HOST|PORT(_.+)?)|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?")
"""What follows a service's name in the variables that Kubernetes makes for it ("Environment variables" of
https://kubernetes.io/docs/concepts/services-networking/service/)."""


@dataclass(frozen=True, slots=True)
class GivenNames:
    """The names that have a value, in capitals: in the environment or given to the program, and in `.env`.

    `foreign`: patterns, as of a shell, of names that belong to others.
    """

    in_environment: frozenset[str]
    in_file: frozenset[str]
    foreign: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """Wherever they are."""
        return self.in_environment | self.in_file

    def belongs_to_others(self, name: str) -> bool:
        """Whether the program that reads it is known to be another one."""
        if name in CLIENT_VARIABLES or name in OF_OPENTELEMETRY or name.startswith(OF_DEVELOPMENT):
            return True
        return self._is_made_by_kubernetes(name) or any(fnmatchcase(name, pattern) for pattern in self.foreign)

    def _is_made_by_kubernetes(self, name: str) -> bool:
        services = [
            each.removesuffix(HOST_OF_SERVICE) for each in self.in_environment if each.endswith(HOST_OF_SERVICE)
        ]
        return any(name.startswith(each) and OF_SERVICE.fullmatch(name.removeprefix(each)) for each in services)


def given_names(given: Mapping[str, str]) -> GivenNames:
    """The names that have a value in the environment or `given`, and those in `.env`.

    Raises OSError or UnicodeDecodeError when `.env` can't be read.
    """
    in_file = dotenv_values(ENV_FILE, interpolate=False)
    patterns = next((value for name, value in given.items() if name.upper() == ESCAPE), None) or value_of(ESCAPE)
    foreign = tuple(patterns.upper().replace(",", " ").split())
    return GivenNames(_in_capitals({**os.environ, **given}), _in_capitals(in_file), foreign)


def value_of(name: str) -> str:
    """What this setting was given, whether or not the settings are right."""
    found: dict[str, str | None] = {}
    with suppress(OSError, UnicodeDecodeError):
        found |= dotenv_values(ENV_FILE)
    found |= os.environ
    return next((value for known, value in found.items() if known.upper() == name and value), "")


def unknown_names(given: GivenNames, known: frozenset[str]) -> list[Complaint]:
    """Each name that is probably meant to be a setting, and at last how to keep those of others.

    These are names close to a setting that is not set itself, and all that begin as ours do.
    """
    found = []
    for name in sorted(given.all - known):
        if given.belongs_to_others(name):
            continue
        meant = get_close_matches(name, known - given.all, n=1, cutoff=MIN_SIMILARITY)
        if meant:
            found.append(Complaint(name, f"is no setting{_suggestion(meant)}"))
        elif name.startswith(OUR_PREFIXES):
            longer = [each for each in sorted(known) if each.startswith(name)]
            found.append(Complaint(name, f"is no setting of emo{_suggestion(longer)}"))
    escape = Complaint(ESCAPE, "names what belongs to another program, if one of these does")
    return [*found, escape] if found else []


def _suggestion(meant: list[str]) -> str:
    return f"; did you mean {meant[0]}?" if meant else ""


def _in_capitals(variables: Mapping[str, str | None]) -> frozenset[str]:
    return frozenset(name.upper() for name, value in variables.items() if value)
