"""What the operator decides."""

from emo_grpc.settings.choices import Environment, LogFormat, PasswordLogin, SmtpSecurity
from emo_grpc.settings.ephemeral import EphemeralSettings
from emo_grpc.settings.errors import CannotStart, InvalidSettings
from emo_grpc.settings.model import Settings, load_settings

__all__ = [
    "CannotStart",
    "Environment",
    "EphemeralSettings",
    "InvalidSettings",
    "LogFormat",
    "PasswordLogin",
    "Settings",
    "SmtpSecurity",
    "load_settings",
]
