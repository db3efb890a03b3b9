"""What is in a backup."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from emo_grpc.backup.errors import BackupDamaged, BackupRefused

FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "emo.sqlite3"
FILE_LIST: Final = "files.txt"
KEYS: Final = "keys.env"
"""Only with --with-keys."""

MAX_BYTES: Final = 1 << 20
"""Of a manifest, which is a few hundred."""

BACKUP_ID: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


def new_backup_id(now: datetime) -> str:
    """Later ones come later in the alphabet."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Sum:
    """The size in bytes and the SHA-256, in hex, of a file beside the manifest."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Of a file. Blocking."""
        with path.open("rb") as file:
            return cls(path.stat().st_size, file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup consists of: `sums` by the names of its own files; of the stored files their number and bytes.

    `installation`: the database that it is of. `kek_ids`: the keys without which no file can be opened. `left_out`: how
    many damaged things are not in it. Its text has a SHA-256 of itself, and is the only text that says the same: one
    changed byte anywhere in it is noticed. That is against decay and mistakes, not against somebody who writes backups.
    """

    backup_id: str
    create_time: datetime
    installation: UUID
    emo_version: str
    kek_ids: tuple[str, ...]
    file_count: int
    file_bytes: int
    left_out: int
    sums: Mapping[str, Sum]

    def __post_init__(self) -> None:
        """Raise ValueError for what no backup says: names become paths, and who writes to a place can forge any."""
        if not BACKUP_ID.fullmatch(self.backup_id) or self.create_time.tzinfo is None:
            raise ValueError("no id or time of a backup")
        if not {DATABASE, FILE_LIST} <= set(self.sums) <= {DATABASE, FILE_LIST, KEYS}:
            raise ValueError("no files of a backup")
        if not all(map(_is_count, (self.file_count, self.file_bytes, self.left_out))):
            raise ValueError("no numbers")
        if not all(isinstance(text, str) for text in (self.emo_version, *self.kek_ids)):
            raise ValueError("no texts")

    def to_bytes(self) -> bytes:
        """JSON."""
        document = {
            "format_version": FORMAT_VERSION,
            "backup_id": self.backup_id,
            "create_time": self.create_time.isoformat(),
            "installation": str(self.installation),
            "emo_version": self.emo_version,
            "kek_ids": list(self.kek_ids),
            "file_count": self.file_count,
            "file_bytes": self.file_bytes,
            "left_out": self.left_out,
            "sums": {name: {"size": found.size, "sha256": found.sha256} for name, found in sorted(self.sums.items())},
        }
        return _text(document | {"sha256": sha256(_text(document)).hexdigest()})

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Read it. Raises BackupDamaged, and BackupRefused for one of a later format."""
        if len(text) > MAX_BYTES:
            raise BackupDamaged(f"{MANIFEST} is longer than any")
        try:
            document = json.loads(text)
            version = document["format_version"]
            manifest = cls._of(document) if version == FORMAT_VERSION else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BackupDamaged(f"{MANIFEST} can't be read") from error
        if manifest is None:
            raise BackupRefused(
                f"the backup has the format {version}, and this emo knows {FORMAT_VERSION}: use a newer one"
            )
        if manifest.to_bytes() != text:
            raise BackupDamaged(f"{MANIFEST} was changed")
        return manifest

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            backup_id=document["backup_id"],
            create_time=datetime.fromisoformat(document["create_time"]),
            installation=UUID(document["installation"]),
            emo_version=document["emo_version"],
            kek_ids=tuple(document["kek_ids"]),
            file_count=document["file_count"],
            file_bytes=document["file_bytes"],
            left_out=document["left_out"],
            sums={name: Sum(found["size"], found["sha256"]) for name, found in document["sums"].items()},
        )


def _is_count(found: object) -> bool:
    return type(found) is int and found >= 0


def _text(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()
