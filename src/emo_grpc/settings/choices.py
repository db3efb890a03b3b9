"""What some settings are chosen from."""

from enum import StrEnum


class Environment(StrEnum):
    """`prod` refuses what is only good enough for trying out."""

    DEV = "dev"
    PROD = "prod"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class TracesExporter(StrEnum):
    """Where traces go, as OpenTelemetry calls it."""

    OTLP = "otlp"
    NONE = "none"


class PasswordLogin(StrEnum):
    """Who logs in with a password."""

    ON = "on"
    OFF = "off"


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
