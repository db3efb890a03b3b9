"""Fills a MongoDB as if each asset had been saved there, many records and their counters at once.

Indexes, which cost most of the time of so many, are made once at the end; a test holds the outcome against that of real
saves.
"""

import asyncio
from collections.abc import Sequence

import pymongo

from benchmarks.listing.vault import Vault, batches
from emo_grpc.assets.adapters.mongo.contribution import NO_CONTRIBUTION
from emo_grpc.assets.adapters.mongo.records import contribution_of, record_of
from emo_grpc.assets.adapters.mongo.schema import ASSETS, INDEXES
from emo_grpc.assets.adapters.mongo.usage_counters import MongoUsageCounters
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.shared.adapters.mongo.database import MongoDatabase

BATCH = 1_000
"""MongoDB counts so many in one transaction, and its cache has to hold what these write."""
SECONDS = 60
"""For a command, in place of what calls are given."""


async def fill_mongo(url: str, name: str, vaults: Sequence[tuple[Vault, int]]) -> None:
    """Save so many assets of each vault in the database of a server that was there before."""
    database = MongoDatabase(url, name)
    await database.open()
    try:
        await database.collection(ASSETS).drop_indexes()
        for vault, count in vaults:
            for some in batches(vault.assets(count), BATCH):
                await asyncio.gather(_add(database, some), _count(database, some))
        await database.declare(ASSETS, INDEXES[ASSETS])
    finally:
        await database.close()


async def _add(database: MongoDatabase, assets: list[Asset]) -> None:
    with pymongo.timeout(SECONDS):
        records = [record_of(asset, asset.file.size_bytes) for asset in assets]
        await database.collection(ASSETS).insert_many(records, ordered=False)


async def _count(database: MongoDatabase, assets: list[Asset]) -> None:
    with pymongo.timeout(SECONDS):
        async with database.transaction() as transaction:
            counters = MongoUsageCounters(transaction)
            for asset in assets:
                await counters.replace(NO_CONTRIBUTION, contribution_of(asset, asset.file.size_bytes))
            await counters.write()
            await transaction.commit()
