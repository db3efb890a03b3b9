"""Opens what the operator names as a place of backups."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from emo_grpc.backup.errors import BackupRefused
from emo_grpc.backup.folder_place import open_folder
from emo_grpc.backup.place import BackupPlace
from emo_grpc.extras import Extra, installing, is_missing
from emo_grpc.settings import Settings

S3_SCHEME: Final = "s3://"


def open_place(name: str, settings: Settings, *, changes: bool) -> AbstractAsyncContextManager[BackupPlace]:
    """Open `s3://bucket/prefix` or a folder. Raises BackupRefused, Unavailable."""
    if not name.startswith(S3_SCHEME):
        return _folder(Path(name).absolute(), settings, changes=changes)
    bucket, _, prefix = name.removeprefix(S3_SCHEME).partition("/")
    prefix = prefix.strip("/")
    if not bucket:
        raise BackupRefused(f"{name} names no bucket: s3://BUCKET or s3://BUCKET/PREFIX")
    return _bucket(bucket, f"{prefix}/" if prefix else "", settings, changes=changes)


def _folder(folder: Path, settings: Settings, *, changes: bool) -> AbstractAsyncContextManager[BackupPlace]:
    if changes and folder.resolve().is_relative_to(settings.data_folder.resolve()):
        raise BackupRefused(f"{folder} is in DATA_FOLDER: who loses that would lose the backup, too")
    return open_folder(folder, changes=changes)


def _bucket(bucket: str, prefix: str, settings: Settings, *, changes: bool) -> AbstractAsyncContextManager[BackupPlace]:
    if is_missing(Extra.S3):
        raise BackupRefused(f"a place in S3 needs packages that are not installed: {installing(Extra.S3)}")
    from emo_grpc.assets.adapters.s3.bucket import S3Location  # noqa: PLC0415 - boto3 takes long to import
    from emo_grpc.backup.s3_place import open_bucket_place  # noqa: PLC0415 - as above

    # All four of one kind, so that no key is sent to another store than its own.
    has_own = settings.backup_s3_url or settings.backup_s3_region or settings.backup_s3_access
    kind = "backup_s3" if has_own else "asset_s3"
    url, region, access = (getattr(settings, f"{kind}_{name}") or None for name in ("url", "region", "access"))
    secret = getattr(settings, f"{kind}_secret").get_secret_value() or None
    if (url or "", bucket) == (settings.asset_s3_url, settings.asset_s3_bucket):
        raise BackupRefused(
            f"the files themselves are in the bucket {bucket}: who loses that would lose the backup, too"
        )
    return open_bucket_place(S3Location(bucket, url, region, access, secret, prefix), changes=changes)
