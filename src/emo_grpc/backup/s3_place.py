"""Backups in an S3 bucket."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Final, TypeVar

from emo_grpc.assets.adapters.s3.blob_store import INSTALLATION, S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.bucket_check import BucketUnusable, check_bucket
from emo_grpc.assets.adapters.s3.errors import translated
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import BACKUP_ID, MANIFEST, MAX_BYTES
from emo_grpc.backup.private_files import COPIED_AT_ONCE, new_private_file

T = TypeVar("T")

BACKUPS: Final = "backups/"
PART: Final = 32 << 20
"""Bytes of a part: 10,000 of them, more than which S3 takes none, are 320 GiB."""


class S3Place:
    """Under the prefix: `backups/<id>/<name>` for the files of a backup, and `assets/` for the pool.

    What has no manifest is no backup. Nothing keeps two commands from writing at the same time: each would have a
    whole backup, and what is not older than a day is never pruned.
    """

    def __init__(self, bucket: S3Bucket) -> None:
        self._bucket = bucket
        self.blobs = S3BlobStore(bucket)

    async def backup_ids(self) -> list[str]:
        """Those that have a manifest."""
        return await _run(self._backup_ids)

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Path]:
        """A temporary folder, since the database is written here before it is sent."""
        with tempfile.TemporaryDirectory(prefix="emo-backup-") as folder:
            yield Path(folder)

    async def add(self, backup_id: str, draft: Path, manifest: bytes) -> None:
        """Send the files, and then the manifest."""
        await _run(lambda: self._add(f"{BACKUPS}{backup_id}/", draft, manifest))

    async def manifest(self, backup_id: str) -> bytes:
        """Read it."""
        return await _run(lambda: self._manifest(f"{BACKUPS}{backup_id}/{MANIFEST}"))

    async def fetch(self, backup_id: str, name: str, target: Path) -> None:
        """Read it into a file."""
        await _run(lambda: self._fetch(f"{BACKUPS}{backup_id}/{name}", target))

    async def remove(self, backup_id: str) -> None:
        """The manifest first."""
        await _run(lambda: self._remove(f"{BACKUPS}{backup_id}/"))

    async def remove_broken_off(self, before: datetime) -> None:
        """Objects beside which no manifest came, and uploads that were not ended."""
        await _run(lambda: self._remove_broken_off(before))

    def close(self) -> None:
        """Let go of threads and connections."""
        self.blobs.close()

    def _backup_ids(self) -> list[str]:
        names = (each.name for each in self._bucket.objects(BACKUPS))
        return sorted(_id_in(name) for name in names if _id_in(name) and name.endswith(f"/{MANIFEST}"))

    def _manifest(self, name: str) -> bytes:
        size = self._bucket.head(name).size
        if not size:  # of nothing there is no range
            return b""
        with closing(self._bucket.get(name, 0, min(size, MAX_BYTES + 1))) as body:
            return bytes(body.read())

    def _add(self, folder: str, draft: Path, manifest: bytes) -> None:
        for path in sorted(draft.iterdir()):
            with path.open("rb") as file:
                self._send(folder + path.name, file)
        self._send(folder + MANIFEST, io.BytesIO(manifest))

    def _send(self, name: str, file: IO[bytes]) -> None:
        upload_id = self._bucket.begin_upload(name)
        try:
            etags: dict[int, str] = {}
            while piece := file.read(PART):
                number = len(etags) + 1
                etags[number] = self._bucket.put_part(name, upload_id, number, io.BytesIO(piece))
            self._bucket.complete_upload(name, upload_id, etags)
        except BaseException:
            self._bucket.abort_upload(name, upload_id)
            raise

    def _fetch(self, name: str, target: Path) -> None:
        with new_private_file(target) as file:
            for piece in self._pieces(name):
                file.write(piece)

    def _pieces(self, name: str) -> Iterator[bytes]:
        size = self._bucket.head(name).size
        with closing(self._bucket.get(name, 0, size)) as body:
            yield from body.iter_chunks(COPIED_AT_ONCE)

    def _remove_broken_off(self, before: datetime) -> None:
        for upload in self._bucket.uploads(BACKUPS):
            if _id_in(upload.name) and upload.begin_time < before:
                self._bucket.abort_upload(upload.name, upload.upload_id)
        whole = set(self._backup_ids())
        for found in self._bucket.objects(BACKUPS):
            backup_id = _id_in(found.name)
            if backup_id and backup_id not in whole and found.time < before:
                self._bucket.delete(found.name)

    def _remove(self, folder: str) -> None:
        names = [each.name for each in self._bucket.objects(folder)]
        for name in sorted(names, key=lambda name: not name.endswith(MANIFEST)):
            self._bucket.delete(name)


def _id_in(name: str) -> str:
    """That of the backup whose object it is; empty for what somebody else has put there."""
    _, backup_id, *rest = name.split("/")
    return backup_id if len(rest) == 1 and BACKUP_ID.fullmatch(backup_id) else ""


def _require_no_store(bucket: S3Bucket) -> None:
    """Raise BackupRefused where a server has its own files: what no backup refers to would be removed from them."""
    if any(found.name == INSTALLATION for found in bucket.objects(INSTALLATION)):
        raise BackupRefused(f"a server keeps its files in the bucket {bucket.name}: name another one, or a prefix")


@asynccontextmanager
async def open_bucket_place(location: S3Location, *, changes: bool) -> AsyncIterator[S3Place]:
    """Open a bucket with backups; to be read alone unless something `changes`. Raises BackupRefused, Unavailable."""
    bucket = S3Bucket(location)
    place = S3Place(bucket)
    try:
        try:
            await asyncio.to_thread(partial(check_bucket, bucket, writes=changes))
            if changes:
                await _run(lambda: _require_no_store(bucket))
        except BucketUnusable as error:
            raise BackupRefused(f"s3://{location.bucket} can't be used: {error}") from error
        yield place
    finally:
        await asyncio.to_thread(place.close)


async def _run(work: Callable[[], T]) -> T:
    def job() -> T:
        with translated():
            return work()

    try:
        return await asyncio.to_thread(job)
    except BlobNotFound as error:
        raise BackupDamaged("a file of the backup is gone") from error
