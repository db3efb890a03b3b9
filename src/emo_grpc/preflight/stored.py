"""Checks of what is in the database already."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.extra_packages import require_extra
from emo_grpc.bootstrap.known_keys import require_known_keys
from emo_grpc.bootstrap.metadata import SUBSCRIPTIONS, Metadata
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME, open_sqlite_as_it_is
from emo_grpc.extras import Extra
from emo_grpc.preflight.finding import Finding, fail, ok, warn
from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.service_layer.clock import Clock

LOOKED_AT: Final = 100
"""Assets, for one that has a file: those at the beginning may be without."""


async def look_at_stored_keys(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether the keys open what is stored: all that are in use are set, and one wrapped key is opened."""
    if _is_new(settings):
        return [ok("there is no database yet")]
    filled = fill_secrets(settings).settings
    async with _opened(settings, clock) as metadata:
        try:
            await require_known_keys(filled, metadata)
        except InvalidSettings as error:
            return [fail(str(error), "without it these files are lost")]
        try:
            asset = await _with_a_file(metadata)
        except UnknownSchemaVersion:
            return [warn("not tried, because of the schema versions")]
    if asset is None or asset.content is None:
        return [ok("no file is stored yet")]
    try:
        key_ring(filled).unwrap(asset.content.wrapped_key, asset.asset_id, asset.content.manifest)
    except StoredFileCorrupt as error:
        return [fail(f"asset {asset.asset_id}: {error.message}", "run emo admin verify")]
    return [ok(f"they open what is stored, as asset {asset.asset_id}")]


async def look_at_schemas(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether this release reads what is stored."""
    if _is_new(settings):
        return [ok("there is no database yet")]
    async with _opened(settings, clock) as metadata:
        views = (metadata.user_views, metadata.service_account_views, metadata.asset_views)
        try:
            outdated = sum([await view.outdated() for view in views])
            await metadata.accounts.users(None, LOOKED_AT)
            await metadata.service_accounts(None, LOOKED_AT)
            await metadata.inventory.assets(None, LOOKED_AT)
        except UnknownSchemaVersion as error:
            return [fail(str(error), "run the release that wrote it, or a later one")]
        except Unavailable as error:
            if "no such" in str(error.__cause__):
                return [
                    warn("the tables are of an earlier release", "the first start makes what they lack; back up before")
                ]
            raise
    if outdated:
        remedy = "emo admin migrate rewrites them, at any time; until then lists by words or kinds leave assets out"
        return [warn(f"documents of an earlier release: {outdated}", remedy)]
    return [ok("all are of this release")]


def _is_new(settings: Settings) -> bool:
    return not settings.has_shared_metadata and not (settings.data_folder / DATABASE_NAME).exists()


def _opened(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[Metadata]:
    if not settings.has_shared_metadata:
        return open_sqlite_as_it_is(settings.data_folder, SUBSCRIPTIONS, clock)
    require_extra(Extra.MONGO, "MONGODB_URL")
    from emo_grpc.bootstrap.mongo_engine import open_mongo_as_it_is  # noqa: PLC0415 - pymongo takes long to import

    return open_mongo_as_it_is(settings, SUBSCRIPTIONS, clock)


async def _with_a_file(metadata: Metadata) -> Asset | None:
    assets = await metadata.inventory.assets(None, LOOKED_AT)
    return next((each for each in assets if isinstance(each, Asset) and each.content is not None), None)
