"""Generates the secrets that a server in dev lacks, and keeps them in a file."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from pydantic import ValidationError

from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.settings import CannotStart, InvalidSettings, Settings
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder
from emo_grpc.shared.adapters.filesystem.write_once import write_once

FILE_NAME: Final = "secrets.env"
HEADER: Final = """\
# Made by emo at its first start, because ENVIRONMENT is dev and these were not set. Whoever has them can
# forge logins and decrypt every file; without DATA_KEY_ENCRYPTION_KEY every file is lost. Keep a copy elsewhere.
"""


@dataclass(frozen=True, slots=True)
class FilledSettings:
    """Settings that have their secrets, and the names of the variables that were generated.

    They are in the file at `path`, unless the settings are ephemeral.
    """

    settings: Settings
    generated: tuple[str, ...]
    path: Path


def fill_secrets(settings: Settings) -> FilledSettings:
    """Take missing secrets from DATA_FOLDER/secrets.env, made at the first need. prod settings are never missing any.
    Those of an ephemeral server are new each time, and in no file.

    Raises CannotStart when the file can't be written or read, lacks what is missing, or is gone though there is a
    database: with new secrets nobody could open the files of that database.
    """
    path = settings.data_folder / FILE_NAME
    missing = tuple(
        name for name in ("jwt_secret_key", "data_key_encryption_key") if not getattr(settings, name).get_secret_value()
    )
    if not missing:
        return FilledSettings(settings, (), path)
    try:
        kept = _kept(settings, path)
    except OSError as error:
        raise CannotStart(f"can't keep secrets in {path}: {error.strerror}") from error
    filled = settings.model_dump() | {name: kept.get(name.upper()) or "" for name in missing}
    if settings.has_shared_engines and not kept:
        names = " and ".join(name.upper() for name in missing)
        raise InvalidSettings(f"set {names}, to the same in all servers on these engines: .env.example says how")
    if not all(filled[name] for name in missing):
        raise CannotStart(f"{path} lacks {', '.join(missing).upper()}: restore it, or set the variable")
    try:
        settings = type(settings).model_validate(filled)
    except ValidationError:
        raise CannotStart(f"{path} is damaged: restore it from your copy") from None
    return FilledSettings(settings, tuple(name.upper() for name in missing), path)


def _kept(settings: Settings, path: Path) -> Mapping[str, str | None]:
    if settings.is_ephemeral:
        return _new_secrets()
    if not settings.has_shared_engines:
        _make(path)
    return dotenv_values(path)


def _make(path: Path) -> None:
    """Write the file unless it is there."""
    is_used = path.with_name(DATABASE_NAME).exists()  # before the file: another process may be making both
    if path.exists():
        return
    if is_used:
        raise CannotStart(
            f"{path.parent} holds a database, but {FILE_NAME} with its secrets is gone: copy it back from your backup,"
            " or set JWT_SECRET_KEY and DATA_KEY_ENCRYPTION_KEY to what they were"
        )
    make_folder(path.parent)
    write_once(path, _content())


def _content() -> str:
    return HEADER + "".join(f"{name}={secret}\n" for name, secret in _new_secrets().items())


def _new_secrets() -> dict[str, str]:
    data_key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {"JWT_SECRET_KEY": secrets.token_hex(32), "DATA_KEY_ENCRYPTION_KEY": data_key}
