"""What the operator decides."""

from emo_grpc.settings.model import (
    CannotStart,
    Environment,
    InvalidSettings,
    LogFormat,
    Settings,
    SmtpSecurity,
    load_settings,
)

__all__ = ["CannotStart", "Environment", "InvalidSettings", "LogFormat", "Settings", "SmtpSecurity", "load_settings"]
