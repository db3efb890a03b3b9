"""Waits until a stream has come so far."""

import json

from rpc.vault import Person, Vault
from stored import stored
from waiting import until, until_answered


async def persisted(person: Person, asset_id: str, size: int) -> None:
    """Wait until so much is persisted."""

    async def is_persisted() -> bool:
        return (await person.status(asset_id)).persisted_size == size

    await until_answered(is_persisted)


async def begun(vault: Vault, count: int) -> None:
    """Wait until so many streams have begun."""
    await until(lambda: vault.parts.assets.uploads.slots.running == count)


async def no_downloads(vault: Vault) -> None:
    """Wait until no download runs."""
    slots = vault.parts.assets.servicer._downloads.slots
    await until(lambda: slots.running == 0)


async def started(vault: Vault, asset_id: str, times: int = 1) -> None:
    """Wait until so many streams have taken this upload over."""

    def is_taken_over() -> bool:
        with stored(vault.folder) as connection:
            rows = connection.execute("SELECT document FROM uploads").fetchall()
        uploads = {upload["asset_id"]: upload for upload in (json.loads(text) for (text,) in rows)}
        return asset_id in uploads and uploads[asset_id]["generation"] == times

    await until(is_taken_over)
