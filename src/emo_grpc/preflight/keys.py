"""Checks of what is secret."""

from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from pydantic import SecretStr

from emo_grpc.bootstrap.secrets import FILE_NAME, fill_secrets
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.bootstrap.token_keys import token_keys
from emo_grpc.preflight.finding import Finding, ok, warn
from emo_grpc.settings import Settings
from emo_grpc.settings.names import ENV_FILE

OTHERS: Final = 0o007


def are_made_at_start(settings: Settings) -> bool:
    """Whether the first start makes some of them; a check makes none."""
    is_whole = settings.jwt_secret_key.get_secret_value() and settings.data_key_encryption_key.get_secret_value()
    folder = settings.data_folder
    is_new = not (folder / FILE_NAME).exists() and not (folder / DATABASE_NAME).exists()
    return not is_whole and is_new and not settings.has_shared_engines


def look_at_keys(settings: Settings) -> list[Finding]:
    """Whether all are there and can be used, and only the server reads them. Raises CannotStart."""
    found = [finding for path in _secret_files(settings) for finding in _rights(path)]
    if are_made_at_start(settings):
        return [ok(f"they are made at the first start, in {settings.data_folder / FILE_NAME}"), *found]
    filled = fill_secrets(settings)
    for_data = 1 + len(settings.data_key_encryption_keys_retired)
    for_tokens = 1 + len(token_keys(filled.settings).others)
    where = f", with those in {filled.path}" if filled.generated else ""
    return [ok(f"{for_data} for data, {for_tokens} for tokens{where}"), *found]


def _secret_files(settings: Settings) -> list[Path]:
    given = (settings.tls_key_file, settings.jwt_signing_key_file, *settings.jwt_signing_key_files_retired)
    return [*_env_file(settings), settings.data_folder / FILE_NAME, *filter(None, given)]


def _env_file(settings: Settings) -> list[Path]:
    """`.env`, if there is a secret in it."""
    secret = {name.upper() for name, value in settings if isinstance(value, SecretStr)}
    held = {name.upper() for name, value in dotenv_values(ENV_FILE, interpolate=False).items() if value}
    return [Path(ENV_FILE)] if secret & held else []


def _rights(path: Path) -> list[Finding]:
    """Nothing of a file that is not there, or that holds nothing secret."""
    if not path.exists() or not path.stat().st_mode & OTHERS or b"PUBLIC KEY" in path.read_bytes():
        return []
    return [warn(f"other users of this machine may read {path}", f"chmod 600 {path}")]
