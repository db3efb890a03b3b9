"""Settings of a server that keeps nothing."""

from typing import ClassVar

from pydantic import SecretStr, field_validator

from emo_grpc.settings.model import Environment, Settings


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

    @field_validator("mongodb_url")
    @classmethod
    def _no_database(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value():
            raise ValueError("must not be set with --ephemeral, which keeps metadata in memory")
        return url

    @field_validator("email_smtp_server")
    @classmethod
    def _no_mail(cls, server: str) -> str:
        if server:
            raise ValueError("must not be set with --ephemeral, whose accounts need no activation and get no mail")
        return server

    @field_validator("asset_s3_bucket")
    @classmethod
    def _no_bucket(cls, bucket: str) -> str:
        if bucket:
            raise ValueError("must not be set with --ephemeral, which keeps files in memory")
        return bucket
