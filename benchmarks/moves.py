"""A folder of many assets is moved, and a tag of theirs renamed, while others call."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.client import load, run_client
from benchmarks.listing.measure import Fill, kek_id, vaults_of
from benchmarks.listing.mongo_filling import fill_mongo
from benchmarks.listing.sqlite_filling import fill_sqlite
from benchmarks.listing.vault import Vault
from benchmarks.result import Result, below, noted
from benchmarks.servers import ServerProcess, emo_server
from emo_grpc.assets.domain.asset import Description

FOLDER, TAG = "Everything", "shared"
WORK = {
    "": {},
    "MoveFolder": {"source": FOLDER, "destination": f"Moved/{FOLDER}"},
    "RenameTag": {"tag": TAG, "new_tag": f"{TAG}, renamed"},
}
"""What is done, by the RPC; first nothing."""
LONGEST_WAIT_MS = 500.0


class OneFolder(Vault):
    """All in one folder or below it, with one tag in common."""

    def _description(self) -> Description:
        said = super()._description()
        return replace(said, folder=f"{FOLDER}/{said.folder}", tags=(*said.tags, TAG))


def measure(folder: Path, assets: int) -> list[Result]:
    """Seconds of both, and the longest that a call of another kind waited meanwhile, on SQLite."""
    data = folder / "moves"
    return _measured(data, assets, "", {}, lambda vaults: fill_sqlite(data, vaults))


def measure_mongo(folder: Path, assets: int, database: tuple[str, str], settings: Mapping[str, str]) -> list[Result]:
    """The same on MongoDB; `database`: its URL and name."""
    data = folder / "moves-mongo"
    return _measured(data, assets, " on MongoDB", dict(settings), lambda vaults: fill_mongo(*database, vaults))


def _measured(data: Path, assets: int, engine: str, settings: dict[str, str], fill: Fill) -> list[Result]:
    with emo_server(data, **settings) as emo:
        users = [load("login", target=emo.target) for _ in range(2)]
    print(f"  making {assets:,} assets", flush=True)
    (vault, _), *_ = vaults_of(users, (assets, 0), kek_id(data, settings))
    asyncio.run(fill([(OneFolder(vault.owner_id, vault.kek_id), assets)]))
    with emo_server(data, **settings) as emo:
        mover, other = (user["username"] for user in users)
        given = {"target": emo.target, "mover": mover, "other": other}
        section = f"{assets:,} assets{engine}"
        return [
            result for what in WORK for result in _results(section, emo, given | {"rpc": what, "fields": WORK[what]})
        ]


def _results(section: str, emo: ServerProcess, given: dict[str, Any]) -> list[Result]:
    begin = emo.processor_seconds()
    answer = run_client("moving", given)
    used, what = emo.processor_seconds() - begin, given["rpc"]
    done = [
        noted(section, what, "s", [answer["seconds"]]),
        noted(section, f"processors of the server during {what}", "s", [used]),
    ]
    waits = {kind: [second * 1000 for second in seconds] for kind, seconds in answer["waits"].items()}
    while_done = f"during {what}" if what else "when nothing else goes on"
    longest = [max(each) for each in waits.values()]
    return [
        *(done if what else ()),
        below(section, f"the longest wait of a kind of call {while_done}", "ms", longest, LONGEST_WAIT_MS),
        *(noted(section, f"{kind} {while_done}", "ms", each) for kind, each in sorted(waits.items())),
    ]
