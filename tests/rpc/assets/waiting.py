"""Waits until a stream has come so far."""

import asyncio
import json

from rpc.vault import Person, Vault
from stored import stored


async def persisted(person: Person, asset_id: str, size: int) -> None:
    """Wait until so much is persisted."""
    for _ in range(1000):
        if (await person.status(asset_id)).persisted_size == size:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"never {size}, but {await person.status(asset_id)}")


async def begun(vault: Vault, count: int) -> None:
    """Wait until so many streams have begun."""
    for _ in range(1000):
        if vault.parts.assets.uploads.streams.running == count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"never {count}")


async def no_downloads(vault: Vault) -> None:
    """Wait until no download runs."""
    streams = vault.parts.assets.servicer._downloads.streams
    for _ in range(1000):
        if streams.running == 0:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"still {streams.running}")


async def started(vault: Vault, asset_id: str, times: int = 1) -> None:
    """Wait until so many streams have taken this upload over."""
    for _ in range(1000):
        with stored(vault.folder) as connection:
            rows = connection.execute("SELECT document FROM uploads").fetchall()
        uploads = {upload["asset_id"]: upload for upload in (json.loads(text) for (text,) in rows)}
        if asset_id in uploads and uploads[asset_id]["generation"] == times:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"never {times}")
