"""What the operator decides."""

from emo_grpc.settings.ephemeral import EphemeralSettings
from emo_grpc.settings.model import (
    CannotStart,
    Environment,
    InvalidSettings,
    LogFormat,
    Settings,
    SmtpSecurity,
    load_settings,
)

__all__ = [
    "CannotStart",
    "Environment",
    "EphemeralSettings",
    "InvalidSettings",
    "LogFormat",
    "Settings",
    "SmtpSecurity",
    "load_settings",
]
