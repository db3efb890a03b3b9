"""Settings of a server that keeps nothing."""

from typing import ClassVar, Final

from pydantic import SecretStr, ValidationInfo, field_validator

from emo_grpc.settings.choices import Environment
from emo_grpc.settings.model import Settings

REFUSED: Final = {
    "mongodb_url": "which keeps metadata in memory",
    "asset_s3_bucket": "which keeps files in memory",
    "email_smtp_server": "whose accounts need no activation and get no mail",
}
"""Settings that would outlive the server, each with what it has in their place."""


class EphemeralSettings(Settings):
    """Refuses what would outlive the server, and what several processes share. DATA_FOLDER means nothing here."""

    is_ephemeral: ClassVar[bool] = True

    @field_validator("environment")
    @classmethod
    def _dev(cls, environment: Environment) -> Environment:
        if environment is not Environment.DEV:
            raise ValueError("must be dev with --ephemeral, which keeps nothing")
        return environment

    @field_validator("emo_workers")
    @classmethod
    def _one_process(cls, workers: int) -> int:
        if workers > 1:
            raise ValueError("must be 1 with --ephemeral: processes do not share their memory")
        return workers

    @field_validator(*REFUSED)
    @classmethod
    def _unset(cls, value: SecretStr | str, field: ValidationInfo) -> SecretStr | str:
        if value.get_secret_value() if isinstance(value, SecretStr) else value:
            raise ValueError(f"must not be set with --ephemeral, {REFUSED[field.field_name or '']}")
        return value
