"""Every setting, read from the environment and `.env`."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from emo_grpc.settings.choices import Environment, LogFormat, PasswordLogin, SmtpSecurity, TracesExporter
from emo_grpc.settings.names import ENV_FILE
from emo_grpc.settings.signing_key_files import SigningKeyFile, VerificationKeyFile
from emo_grpc.settings.tls_files import AuthorityFile, CertificateFile, KeyFile
from emo_grpc.settings.trusted_issuers import TrustedIssuersFile
from emo_grpc.settings.values import (
    LISTED,
    BucketName,
    CollectorUrl,
    DatabaseName,
    DataKey,
    HexSecret,
    HttpUrl,
    ListenAddress,
    LogLevel,
    Networks,
    OpsAddress,
    ProxyNetworks,
    PublicUrl,
    is_loopback,
    require_random,
)


class Settings(BaseSettings):
    """Every setting; `.env.example` says what each is for. Secrets never show in its repr.

    A rule about several variables stands with the last of them, and sees only those that are right by themselves.
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True, validate_default=True
    )

    is_ephemeral: ClassVar[bool] = False
    """Whether all that the server keeps ends with it."""

    environment: Environment = Environment.DEV
    log_level: LogLevel = "info"
    log_format: LogFormat = LogFormat.CONSOLE
    otel_exporter_otlp_endpoint: CollectorUrl = ""
    otel_exporter_otlp_traces_endpoint: CollectorUrl = ""
    otel_traces_exporter: TracesExporter | None = None
    otel_sdk_disabled: bool = False
    tls_cert_file: CertificateFile = None
    tls_key_file: KeyFile = None
    tls_client_ca_file: AuthorityFile = None
    emo_listen: ListenAddress = "127.0.0.1:50051"
    emo_workers: Annotated[int, Field(ge=1, le=64)] = 1
    emo_ops_listen: OpsAddress = ""
    emo_foreign_variables: Annotated[tuple[str, ...], LISTED, NoDecode] = ()
    balancer_networks: Networks = ()
    trusted_proxies: ProxyNetworks = ()
    data_folder: Path = Path("data")
    jwt_secret_key: HexSecret = SecretStr("")
    jwt_secret_keys_retired: Annotated[tuple[HexSecret, ...], LISTED, NoDecode] = ()
    jwt_signing_key_file: SigningKeyFile = None
    jwt_signing_key_files_retired: Annotated[tuple[VerificationKeyFile, ...], LISTED, NoDecode] = ()
    trusted_issuers_file: TrustedIssuersFile = None
    password_login: PasswordLogin = PasswordLogin.ON
    data_key_encryption_key: DataKey = SecretStr("")
    data_key_encryption_keys_retired: Annotated[tuple[DataKey, ...], LISTED, NoDecode] = ()
    mongodb_url: SecretStr = SecretStr("")
    mongodb_database: DatabaseName = "emo"
    asset_s3_url: HttpUrl = ""
    asset_s3_region: str = ""
    asset_s3_access: str = ""
    asset_s3_secret: SecretStr = SecretStr("")
    asset_s3_bucket: BucketName = ""
    backup_s3_url: HttpUrl = ""
    backup_s3_region: str = ""
    backup_s3_access: str = ""
    backup_s3_secret: SecretStr = SecretStr("")
    email_sender_address: str = ""
    email_sender_password: SecretStr = SecretStr("")
    email_smtp_server: str = ""
    email_smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    email_smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    public_url: PublicUrl = ""
    user_storage_mb: Annotated[int, Field(ge=1)] = 102_400
    user_calls_per_second: Annotated[int, Field(ge=1)] = 300
    upload_expire_days: Annotated[int, Field(ge=1)] = 7
    trash_days: Annotated[int, Field(ge=0, le=36_500)] = 30

    @field_validator("emo_listen")
    @classmethod
    def _no_plaintext_in_prod(cls, address: str, info: ValidationInfo) -> str:
        is_plaintext = info.data.get("tls_cert_file", address) is None
        if _is_prod(info) and is_plaintext and not is_loopback(address):
            raise ValueError("in prod must be a loopback address unless TLS_CERT_FILE and TLS_KEY_FILE are set")
        return address

    @field_validator("jwt_secret_key", "data_key_encryption_key")
    @classmethod
    def _secret_in_prod(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if _is_prod(info) and not secret.get_secret_value():
            raise ValueError("must be set in prod (in dev it would be generated)")
        return _random_in_prod(secret, info)

    @field_validator("jwt_secret_keys_retired")
    @classmethod
    def _retired_in_prod(cls, retired: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        # Not so with DATA_KEY_ENCRYPTION_KEYS_RETIRED: one that could be guessed is just what must be got away from.
        return tuple(_random_in_prod(secret, info) for secret in retired)

    @field_validator("password_login")
    @classmethod
    def _another_way_in(cls, passwords: PasswordLogin, info: ValidationInfo) -> PasswordLogin:
        if passwords is PasswordLogin.OFF and info.data.get("trusted_issuers_file", "wrong") is None:
            raise ValueError("must be on without TRUSTED_ISSUERS_FILE, or nobody could log in")
        return passwords

    @field_validator("asset_s3_secret", "backup_s3_secret")
    @classmethod
    def _access_and_secret(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        access = str(info.field_name).replace("secret", "access")
        if bool(info.data.get(access)) != bool(secret.get_secret_value()):
            raise ValueError(f"and {access.upper()} need each other: set both, or none for boto3's own ways")
        return secret

    @field_validator("asset_s3_bucket")
    @classmethod
    def _bucket_of_url(cls, bucket: str, info: ValidationInfo) -> str:
        if not bucket and (info.data.get("asset_s3_url") or info.data.get("asset_s3_access")):
            raise ValueError("must be set when another ASSET_S3 variable is")
        return bucket

    @field_validator("email_smtp_server")
    @classmethod
    def _mail_in_prod(cls, server: str, info: ValidationInfo) -> str:
        if _is_prod(info) and not server:
            raise ValueError("must be set in prod (in dev mail is written to DATA_FOLDER/mail)")
        return server

    @field_validator("email_smtp_security")
    @classmethod
    def _no_open_password_in_prod(cls, security: SmtpSecurity, info: ValidationInfo) -> SmtpSecurity:
        server, password = info.data.get("email_smtp_server"), info.data.get("email_sender_password")
        is_open = security is SmtpSecurity.NONE and bool(server) and not is_loopback(f"{server}:0")
        if _is_prod(info) and is_open and password is not None and password.get_secret_value():
            raise ValueError("in prod must be starttls or tls: EMAIL_SENDER_PASSWORD would cross the network in plain")
        return security

    @property
    def is_traced(self) -> bool:
        """Whether calls are traced: a collector is named, or the exporter for one."""
        if self.otel_sdk_disabled or self.otel_traces_exporter is TracesExporter.NONE:
            return False
        named = self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_traces_endpoint
        return bool(named or self.otel_traces_exporter)

    @property
    def has_shared_metadata(self) -> bool:
        """Whether metadata are in a database that other servers may use too."""
        return bool(self.mongodb_url.get_secret_value())

    @property
    def has_shared_files(self) -> bool:
        """Whether files are in a store that other servers may use too."""
        return bool(self.asset_s3_bucket)

    @property
    def has_shared_engines(self) -> bool:
        """Whether nothing that the server keeps is in its folder."""
        return self.has_shared_metadata and self.has_shared_files


def _is_prod(info: ValidationInfo) -> bool:
    return info.data.get("environment") is Environment.PROD


def _random_in_prod(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if _is_prod(info):
        require_random(secret)
    return secret
