"""The server's secrets beside a backup, for those who ask for it."""

import asyncio
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from emo_grpc.backup.errors import BackupRefused
from emo_grpc.backup.manifest import KEYS, Manifest
from emo_grpc.backup.opening import fetch_proven
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.private_files import new_private_file
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.secrets import FILE_NAME as SECRETS
from emo_grpc.bootstrap.secrets import FilledSettings, fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder

NAMES: Final = ("jwt_secret_key", "data_key_encryption_key")
RETIRED: Final = ("jwt_secret_keys_retired", "data_key_encryption_keys_retired")
HEADER: Final = "# The keys of a server that runs emo. Whoever has them and the backup can read every file in it.\n"


def write_keys(settings: Settings, folder: Path) -> None:
    """Write them as an env file; the settings have their secrets. Blocking. Raises OSError."""
    values = {name: getattr(settings, name).get_secret_value() for name in NAMES}
    values |= {name: ",".join(_plain(getattr(settings, name))) for name in RETIRED}
    lines = [f"{name.upper()}={value}\n" for name, value in values.items() if value]
    with new_private_file(folder / KEYS) as file:
        file.write("".join([HEADER, *lines]).encode())


def _plain(secrets: tuple[SecretStr, ...]) -> list[str]:
    return [secret.get_secret_value() for secret in secrets]


async def settings_for(settings: Settings, place: BackupPlace, manifest: Manifest) -> FilledSettings:
    """The settings with the keys that the backup needs; if nothing else has them, and the backup does, from there.

    Then they are in DATA_FOLDER/secrets.env from now on. Raises BackupRefused if keys are missing, CannotStart.
    """
    path = settings.data_folder / SECRETS
    is_given = bool(settings.data_key_encryption_key.get_secret_value()) or path.exists()
    if not is_given and KEYS not in manifest.sums:
        raise BackupRefused(
            f"the keys are not in the backup: copy {SECRETS} of the server to {settings.data_folder}, or set"
            " DATA_KEY_ENCRYPTION_KEY and JWT_SECRET_KEY to what they were"
        )
    if not is_given:
        await asyncio.to_thread(make_folder, path.parent)
        await fetch_proven(place, manifest, KEYS, path)
    filled = fill_secrets(settings)
    unknown = set(manifest.kek_ids) - key_ring(filled.settings).kek_ids
    if unknown:
        raise BackupRefused(
            f"files in the backup are under the key-encryption key {', '.join(sorted(unknown))} (first 8 bytes of its"
            " SHA-256), which is not set: set DATA_KEY_ENCRYPTION_KEY to it, or add it to"
            " DATA_KEY_ENCRYPTION_KEYS_RETIRED"
        )
    return filled
