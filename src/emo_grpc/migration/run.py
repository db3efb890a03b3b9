"""Opens both sides of a migration, and runs it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.service_layer.integrity.file_check import FileCheck
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.upload.proof import UploadProof
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.blob_storage import open_blob_storage
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.known_keys import require_known_keys
from emo_grpc.bootstrap.secrets import FilledSettings, fill_secrets
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.migration.accounts import Accounts, Sessions
from emo_grpc.migration.assets import Assets
from emo_grpc.migration.journal import MigrationJournal
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.migration import Migration
from emo_grpc.migration.move_trail import MoveTrail
from emo_grpc.migration.report import MigrationProgress, MigrationReport
from emo_grpc.migration.service_accounts import ServiceAccounts
from emo_grpc.migration.uploads import Uploads
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS as SERVICE_ACCOUNT_UPCASTERS
from emo_grpc.settings import CannotStart, InvalidSettings, Settings
from emo_grpc.shared.adapters.started_threads import started_threads
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS as USER_UPCASTERS

EMBEDDED: Final[dict[str, str | SecretStr]] = {
    "mongodb_url": SecretStr(""),
    "asset_s3_bucket": "",
    "asset_s3_url": "",
    "asset_s3_access": "",
    "asset_s3_secret": SecretStr(""),
}
"""The settings that name the target; with these values they name the embedded engines, which are the source."""

THREADS: Final = 8
"""Two for each file that is copied at once: most of them wait for the network."""


async def migrate(settings: Settings, progress: MigrationProgress) -> tuple[MigrationReport, FilledSettings]:
    """Migrate everything from the folder of the settings to their shared engines, while no server runs on the folder.

    Gives what was done, and where the secrets are. Raises CannotStart, MigrationRefused, Unavailable.
    """
    _check(settings)
    with locked_folder(settings.data_folder, remedy="stop it first"):
        files = settings.data_folder / "files"
        has_files = files.is_dir()  # asked now, since opening the store makes it
        filled = fill_secrets(settings.model_copy(update=EMBEDDED))
        shared = filled.settings.model_copy(update={name: getattr(settings, name) for name in EMBEDDED})
        check = partial(require_known_keys, filled.settings)
        async with open_engines(filled.settings, check=check) as source, open_engines(shared) as target:
            if not has_files:
                await _require_no_assets(source, files)
            async with open_blob_storage(shared, target.clock, retries_start=False) as bucket:
                with (
                    closing(FilesystemBlobStore(files, source.clock)) as folder,
                    started_threads(THREADS, "move") as threads,
                ):
                    migration = _migration(source, target, folder, bucket.blobs, threads=threads, progress=progress)
                    return await migration.run(progress, source.clock()), filled


def _check(settings: Settings) -> None:
    folder = settings.data_folder.absolute()
    if not (folder / DATABASE_NAME).exists():
        raise InvalidSettings(f"there is no database in {folder}: set DATA_FOLDER, or run it where the server ran")
    if not settings.has_shared_engines:
        raise InvalidSettings("say where to move: MONGODB_URL and ASSET_S3_BUCKET, or --to and --s3")


async def _require_no_assets(source: Engines, files: Path) -> None:
    if await source.metadata.inventory.assets(None, 1):
        raise CannotStart(
            f"the files of the assets are not in {files}: only a server with both engines in its folder can be moved"
        )


def _migration(
    source: Engines,
    target: Engines,
    folder: FilesystemBlobStore,
    bucket: BlobStore,
    *,
    threads: ThreadPoolExecutor,
    progress: MigrationProgress,
) -> Migration:
    keys, cipher, file_copy = key_ring(source.settings), TinkPartCipher(), FileCopy(bucket, threads)
    source_store, target_store = _metadata_store(source), _metadata_store(target)
    assets = Assets(
        target=target_store,
        source_files=folder,
        check_source=FileCheck(folder, keys, cipher, threads),
        check_target=FileCheck(bucket, keys, cipher, threads),
        file_copy=file_copy,
        threads=threads,
        advance=progress.advance,
    )
    proof = UploadProof(keys, cipher)
    uploads = Uploads(source_store, target_store, folder, proof, file_copy, threads, progress.advance)
    journal = MigrationJournal(source.settings.data_folder)
    accounts, services = Accounts(source_store, target_store), ServiceAccounts(target_store)
    kinds = (accounts, Sessions(target_store), services, assets, uploads)
    trail = MoveTrail(source.audit_writer, source.clock)
    return Migration(source_store, target_store, bucket, journal, trail, kinds)


def _metadata_store(engines: Engines) -> MetadataStore:
    metadata = engines.metadata
    return MetadataStore(
        metadata,
        metadata.users_units(USER_UPCASTERS),
        metadata.service_accounts_units(SERVICE_ACCOUNT_UPCASTERS),
        metadata.assets_units(ASSET_UPCASTERS),
    )
