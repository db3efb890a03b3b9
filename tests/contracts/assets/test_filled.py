"""What benchmarks fill at once is stored as if it had been saved asset by asset."""

from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.listing.mongo_filling import fill_mongo
from benchmarks.listing.sqlite_filling import fill_sqlite
from benchmarks.listing.vault import Vault

from databases import dumped
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.ids import UserId

from .engines import COLLECTIONS, MONGO_DATABASE, Engine, mongo_database, on_mongo, on_sqlite, sqlite_database

VAULTS = [(Vault(UserId(UUID(int=seed)), "kek-1", seed, pattern=22), count) for seed, count in ((1, 60), (2, 10))]


async def test_a_filled_sqlite_is_as_if_each_asset_had_been_saved(tmp_path: Path) -> None:
    """Tables, counters, indexes and triggers are those of a database in which the same assets were saved one by one."""
    for name in ("saved", "filled"):
        (tmp_path / name).mkdir()
        async with sqlite_database(tmp_path / name) as database:
            if name == "saved":
                await _save(on_sqlite(database))
    await fill_sqlite(tmp_path / "filled", VAULTS)
    saved, filled = [await _all_of(tmp_path / name) for name in ("saved", "filled")]
    assert filled == saved


async def test_a_filled_mongodb_is_as_if_each_asset_had_been_saved(mongod_url: str) -> None:
    """Its collections have the documents and indexes that are there when the same assets were saved one by one."""
    async with mongo_database(mongod_url) as database:
        await _save(on_mongo(database))
        saved = await _documents_of(database), await _indexes_of(database)
    async with mongo_database(mongod_url) as database:
        await fill_mongo(mongod_url, MONGO_DATABASE, VAULTS)
        assert (await _documents_of(database), await _indexes_of(database)) == saved


async def _save(engine: Engine) -> None:
    for vault, count in VAULTS:
        for asset in vault.assets(count):
            await engine.save(asset)


async def _all_of(folder: Path) -> list[str]:
    """Of the database in a folder, less the id that each has of its own."""
    async with sqlite_database(folder) as database:
        lines = (await dumped(database)).splitlines()
    return sorted(line for line in lines if 'INTO "installation"' not in line)


async def _documents_of(database: MongoDatabase) -> dict[str, list[Document]]:
    found = {name: await database.collection(name).find().to_list() for name in COLLECTIONS}
    return {name: sorted(documents, key=lambda document: str(document["_id"])) for name, documents in found.items()}


async def _indexes_of(database: MongoDatabase) -> dict[str, Any]:
    return {name: await database.collection(name).index_information() for name in COLLECTIONS}
