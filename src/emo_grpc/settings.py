"""What the operator decides, from the environment and `.env`."""

import base64
import binascii
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DATA_KEY_BYTES: Final = 32
JWT_SECRET_HEX: Final = re.compile(r"[0-9a-fA-F]{64,}")


class Environment(StrEnum):
    """`prod` refuses what is only good enough for trying out."""

    DEV = "dev"
    PROD = "prod"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class CannotStart(Exception):
    """The server can't run here; the text is one sentence for the operator."""


class InvalidSettings(CannotStart):
    """Some variables are wrong; the text names each with what it should be."""


def _hex_secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and not JWT_SECRET_HEX.fullmatch(secret.get_secret_value()):
        raise ValueError("must be at least 64 hexadecimal digits, as `openssl rand -hex 32` prints")
    return secret


def _data_key(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value():
        try:
            size = len(base64.b64decode(secret.get_secret_value(), validate=True))
        except binascii.Error:
            size = 0
        if size != DATA_KEY_BYTES:
            raise ValueError("must be base64 of 32 random bytes, as `openssl rand -base64 32` prints")
    return secret


HexSecret = Annotated[SecretStr, AfterValidator(_hex_secret)]
DataKey = Annotated[SecretStr, AfterValidator(_data_key)]


class Settings(BaseSettings):
    """Every setting; `.env.example` says what each is for. Secrets never show in its repr."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    environment: Environment = Environment.DEV
    log_level: str = "info"
    log_format: LogFormat = LogFormat.CONSOLE
    emo_listen: str = "127.0.0.1:50051"
    emo_workers: Annotated[int, Field(ge=1, le=1)] = 1
    data_folder: Path = Path("data")
    jwt_secret_key: HexSecret = SecretStr("")
    jwt_secret_keys_retired: Annotated[tuple[HexSecret, ...], NoDecode] = ()
    data_key_encryption_key: DataKey = SecretStr("")
    data_key_encryption_keys_retired: Annotated[tuple[DataKey, ...], NoDecode] = ()
    email_sender_address: str = ""
    email_sender_password: SecretStr = SecretStr("")
    email_smtp_server: str = ""
    email_smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    email_smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    public_url: str = ""
    user_storage_mb: Annotated[int, Field(ge=1)] = 102_400
    upload_expire_days: Annotated[int, Field(ge=1)] = 7
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None

    @field_validator("jwt_secret_keys_retired", "data_key_encryption_keys_retired", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.replace(",", " ").split())) if isinstance(value, str) else value


def load_settings() -> Settings:
    """Read them; raises InvalidSettings that names every bad variable at once."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"  {str(found['loc'][0]).upper()}: {found['msg']}" for found in error.errors()]
        raise InvalidSettings("these settings are wrong:\n" + "\n".join(lines)) from None
