"""What is installed only where it is needed: the extras of the distribution `emo-grpc`."""

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final


class Extra(StrEnum):
    """The extras, by the names that `pip install 'emo-grpc[…]'` takes."""

    SERVER = "server"
    MONGO = "mongo"
    S3 = "s3"
    OTEL = "otel"


MODULES: Final[Mapping[Extra, tuple[str, ...]]] = MappingProxyType(
    {
        Extra.SERVER: (
            "aiosmtplib", "argon2", "cryptography", "grpc_health", "grpc_reflection", "idna", "jinja2", "jwt", "lark",
            "prometheus_client", "pydantic_settings", "structlog", "typing_extensions", "zxcvbn",
        ),
        Extra.MONGO: ("pymongo",),
        Extra.S3: ("boto3",),
        Extra.OTEL: ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.grpc"),
    }
)  # fmt: skip
"""What each brings that can't be done without. uvloop is not here: it does not exist on every platform."""


def is_missing(extra: Extra) -> bool:
    """Whether anything of it is not installed. Imports nothing of it but the packages around a dotted name."""
    return not all(map(_is_installed, MODULES[extra]))


def installing(extra: Extra) -> str:
    """The command that installs it."""
    return f"pip install 'emo-grpc[{extra}]'"


def _is_installed(module: str) -> bool:
    with suppress(ModuleNotFoundError):  # the package around it
        return find_spec(module) is not None
    return False
