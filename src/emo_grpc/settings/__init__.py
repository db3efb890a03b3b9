"""What the operator decides."""

from emo_grpc.settings.ephemeral import EphemeralSettings
from emo_grpc.settings.errors import CannotStart, InvalidSettings
from emo_grpc.settings.model import Environment, LogFormat, Settings, SmtpSecurity, load_settings

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
