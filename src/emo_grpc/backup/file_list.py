"""The list of the stored files that a backup refers to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self
from uuid import UUID

from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.backup.errors import BackupDamaged
from emo_grpc.backup.manifest import FILE_LIST
from emo_grpc.backup.private_files import new_private_file

HEADING: Final = "key size crc32c\n"


@dataclass(slots=True)
class FileList:
    """Lines with the key of a file in the pool, and of its plaintext the bytes and the CRC-32C in hex."""

    _file: IO[bytes]
    count: int = 0
    size: int = 0

    @classmethod
    @contextmanager
    def new(cls, path: Path) -> Iterator[Self]:
        """Write one; durable when the block ends."""
        with new_private_file(path) as file:
            file.write(HEADING.encode())
            yield cls(file)

    def add(self, content: StoredContent) -> None:
        """Add a line."""
        manifest = content.manifest
        self._file.write(f"{content.blob_key} {manifest.size} {manifest.crc32c:08x}\n".encode())
        self.count += 1
        self.size += manifest.size


def keys_in(path: Path) -> Iterator[BlobKey]:
    """The keys in a list. Blocking. Raises BackupDamaged."""
    try:
        with path.open(encoding="ascii") as file:
            if file.readline() != HEADING:
                raise BackupDamaged(f"{FILE_LIST} can't be read")
            for line in file:
                yield BlobKey(UUID(line.split()[0]))
    except (ValueError, IndexError) as error:
        raise BackupDamaged(f"{FILE_LIST} can't be read") from error
