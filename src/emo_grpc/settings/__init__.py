"""What the operator decides."""

from emo_grpc.settings.choices import Environment, LogFormat, PasswordLogin, SmtpSecurity
from emo_grpc.settings.ephemeral import EphemeralSettings
from emo_grpc.settings.errors import CannotStart, Complaint, InvalidSettings
from emo_grpc.settings.loading import load_settings, load_sound_settings
from emo_grpc.settings.model import Settings

__all__ = [
    "CannotStart",
    "Complaint",
    "Environment",
    "EphemeralSettings",
    "InvalidSettings",
    "LogFormat",
    "PasswordLogin",
    "Settings",
    "SmtpSecurity",
    "load_settings",
    "load_sound_settings",
]
