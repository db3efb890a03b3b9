"""ListAssets at 1 thousand, 100 thousand and 1 million assets of one user."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.client import load
from benchmarks.result import Result, at_most
from benchmarks.servers import emo_server
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.ids import UserId

ROUNDS = 60
BATCH = 5_000
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


def measure(folder: Path, largest: int) -> list[Result]:
    """Milliseconds for a page of 100, first and in the middle, in turns."""
    data, counts = folder / "listing", (1_000, 100_000, largest)
    with emo_server(data) as emo:
        users = [load("login", target=emo.target) for _ in counts]
    for user, count in zip(users, counts, strict=True):
        print(f"  making {count:,} assets", flush=True)
        asyncio.run(_fill(data, UserId.parse(user["user_id"], "user_id"), count))
    with emo_server(data) as emo:
        # Making them took longer than an access token lives.
        users = [load("login", target=emo.target, username=user["username"]) for user in users]
        tokens = [
            load(
                "deep_token", target=emo.target, token=user["token"], page_size=min(1000, count // 2), depth=count // 2
            )
            for user, count in zip(users, counts, strict=True)
        ]
        pages = [
            {"token": user["token"], "request": {"page_size": 100, "page_token": page_token}}
            for user, deep in zip(users, tokens, strict=True)
            for page_token in ("", deep["page_token"])
        ]
        times = load("pages", target=emo.target, pages=pages, rounds=ROUNDS)["times"]
    first_small, deep_small, first_middle, deep_middle, first_large, deep_large = (
        [second * 1000 for second in row] for row in times
    )
    few = "1,000 assets"
    return [
        at_most("ListAssets", "first page at 100,000", "ms", first_middle, first_small, few, 2),
        at_most("ListAssets", "deep page at 100,000", "ms", deep_middle, deep_small, few, 2),
        at_most("ListAssets", f"first page at {largest:,}", "ms", first_large, first_small, few, 2),
        at_most("ListAssets", f"deep page at {largest:,}", "ms", deep_large, deep_small, few, 2),
    ]


async def _fill(data: Path, owner_id: UserId, count: int) -> None:
    settings = fill_secrets(Settings(data_folder=data)).settings
    async with open_engines(settings) as engines:
        for start in range(0, count, BATCH):
            async with engines.metadata.assets_units(UPCASTERS)() as unit:
                for number in range(start, min(start + BATCH, count)):
                    await unit.assets.add(_asset(owner_id, number))
                await unit.commit()


def _asset(owner_id: UserId, number: int) -> Asset:
    description = Description(
        title=f"Summer {number}",
        description="The lake, and everybody in it",
        tags=("summer", f"year-{number % 30}"),
        people=(f"person-{number % 100}",),
    )
    file = File(f"IMG_{number}.jpeg", "image/jpeg", 3_000_000)
    return Asset.create(
        asset_id=AssetId.new(),
        owner_id=owner_id,
        description=description,
        file=file,
        now=BEGIN + timedelta(seconds=number),
    )
