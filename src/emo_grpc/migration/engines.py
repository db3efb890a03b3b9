"""Opens both sides of a move."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.adapters.documents.codec import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.service_layer.integrity.file_check import FileCheck
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.upload.proof import UploadProof
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.blob_stores import open_files
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.known_keys import require_known_keys
from emo_grpc.bootstrap.secrets import FilledSettings, fill_secrets
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.migration.accounts import Accounts, Sessions
from emo_grpc.migration.assets import Assets
from emo_grpc.migration.journal import MoveJournal
from emo_grpc.migration.migration import Move
from emo_grpc.migration.report import MoveReport, OnMoved
from emo_grpc.migration.resource_kind import Side
from emo_grpc.migration.uploads import Uploads
from emo_grpc.settings import CannotStart, InvalidSettings, Settings
from emo_grpc.shared.adapters.started_threads import started_threads
from emo_grpc.users.adapters.documents.codec import UPCASTERS as USER_UPCASTERS

NOWHERE: Final[dict[str, str | SecretStr]] = {
    "mongodb_url": SecretStr(""),
    "asset_s3_bucket": "",
    "asset_s3_url": "",
    "asset_s3_access": "",
    "asset_s3_secret": SecretStr(""),
}
"""The settings that say where to move; without them, they are those of the folder."""

THREADS: Final = 8
"""As many as files are moved at once, twice: most of them wait for the network."""


async def move(settings: Settings, on_moved: OnMoved) -> tuple[MoveReport, FilledSettings]:
    """Move everything from the folder of the settings to their shared engines, while no server runs on the folder.

    Gives what was done, and where the secrets are. Raises CannotStart, MoveRefused, Unavailable.
    """
    _check(settings)
    with locked_folder(settings.data_folder, remedy="stop it first"):
        files = settings.data_folder / "files"
        has_files = files.is_dir()  # a store makes it
        filled = fill_secrets(settings.model_copy(update=NOWHERE))
        target = filled.settings.model_copy(update={name: getattr(settings, name) for name in NOWHERE})
        check = partial(require_known_keys, filled.settings)
        async with open_engines(filled.settings, check=check) as here, open_engines(target) as there:
            if not has_files:
                await _check_empty(here, files)
            async with open_files(target, there.clock, patient=False) as bucket:
                with closing(FilesystemBlobStore(files, here.clock)) as folder:
                    return await _Opened(here, there, folder, bucket.blobs).run(on_moved), filled


def _check(settings: Settings) -> None:
    folder = settings.data_folder.absolute()
    if not (folder / DATABASE_NAME).exists():
        raise InvalidSettings(f"there is no database in {folder}: set DATA_FOLDER, or run it where the server ran")
    if not settings.has_shared_engines:
        raise InvalidSettings("say where to move: MONGODB_URL and ASSET_S3_BUCKET, or --to and --s3")


async def _check_empty(engines: Engines, files: Path) -> None:
    if await engines.metadata.inventory.assets(None, 1):
        raise CannotStart(
            f"the files of the assets are not in {files}: only a server with both engines in its folder can be moved"
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    here: Engines
    there: Engines
    folder: FilesystemBlobStore
    bucket: BlobStore

    async def run(self, on_moved: OnMoved) -> MoveReport:
        with started_threads(THREADS, "move") as workers:
            return await self._move(on_moved, workers).run(on_moved, self.here.clock())

    def _move(self, on_moved: OnMoved, workers: ThreadPoolExecutor) -> Move:
        settings, cipher = self.here.settings, TinkPartCipher()
        source, target, keys = _side(self.here), _side(self.there), key_ring(settings)
        copy = FileCopy(self.bucket, workers)
        return Move(
            here=source,
            there=target,
            bucket=self.bucket,
            journal=MoveJournal(settings.data_folder),
            accounts=Accounts(target),
            sessions=Sessions(target),
            assets=Assets(
                target=target,
                source_files=self.folder,
                check_here=FileCheck(self.folder, keys, cipher, workers),
                check_there=FileCheck(self.bucket, keys, cipher, workers),
                copy=copy,
                workers=workers,
                told=on_moved.advance,
            ),
            uploads=Uploads(source, target, self.folder, UploadProof(keys, cipher), copy, workers, on_moved.advance),
        )


def _side(engines: Engines) -> Side:
    metadata = engines.metadata
    return Side(metadata, metadata.users_units(USER_UPCASTERS), metadata.assets_units(ASSET_UPCASTERS))
