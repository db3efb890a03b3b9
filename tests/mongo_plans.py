"""How MongoDB carries out what a test makes it do."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document

EXPLAINED = {
    "find": ("filter", "projection", "sort", "limit", "skip", "hint", "min", "max"),
    "aggregate": ("pipeline", "cursor", "hint"),
    "findAndModify": ("query", "update", "remove", "fields", "sort", "upsert", "new"),
    "distinct": ("key", "query"),
}
BATCHES = {"update": "updates", "remove": "deletes"}


@asynccontextmanager
async def plans(database: MongoDatabase) -> AsyncIterator[dict[str, set[str]]]:
    """For each command run in the block the stages of its plan, filled in when the block ends."""
    database_of_tests = database.collection("any").database
    found: dict[str, set[str]] = {}
    await database_of_tests.command("profile", 2, filter={"op": {"$ne": "insert"}})
    try:
        yield found
    finally:
        await database_of_tests.command("profile", 0)
    profile = await database_of_tests["system.profile"].find().to_list()
    await database_of_tests["system.profile"].drop()
    for entry in profile:
        command = _explainable(entry)
        if command is not None:
            explained = await database_of_tests.command("explain", command, verbosity="queryPlanner")
            found[str(command)] = set(_stages(explained))


def _explainable(entry: Document) -> Document | None:
    """The command of a line of the profile without what belongs to its session."""
    command, collection = entry["command"], entry["ns"].split(".", 1)[1]
    if entry["op"] in BATCHES:
        kind = "delete" if entry["op"] == "remove" else "update"
        return {kind: collection, BATCHES[entry["op"]]: [command]}
    for kind, fields in EXPLAINED.items():
        if kind in command:
            return {kind: collection} | {field: command[field] for field in fields if field in command}
    return None


def _stages(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for name, inner in plan.items():
            if name != "rejectedPlans":
                yield from _stages(inner)
    elif isinstance(plan, list):
        for inner in plan:
            yield from _stages(inner)
