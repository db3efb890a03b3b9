"""Lists of a user with a thousand assets beside those of one with a million."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.client import load, run_client
from benchmarks.listing.mongo_filling import fill_mongo
from benchmarks.listing.questions import QUESTIONS
from benchmarks.listing.sqlite_filling import fill_sqlite
from benchmarks.listing.vault import Vault
from benchmarks.result import Result, tail_at_most
from benchmarks.servers import emo_server
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.ids import UserId

FEW = 1_000
ROUNDS = 100
LIMIT = 3

User = dict[str, Any]
Fill = Callable[[Sequence[tuple[Vault, int]]], Coroutine[Any, Any, None]]


def measure(folder: Path, largest: int) -> list[Result]:
    """p95 of the milliseconds that a page takes, on SQLite."""
    data = folder / "listing"
    return _compared(data, largest, "", {}, lambda vaults: fill_sqlite(data, vaults))


def measure_mongo(folder: Path, largest: int, database: tuple[str, str], settings: dict[str, str]) -> list[Result]:
    """The same on MongoDB; `database`: its URL and name."""
    data = folder / "listing-mongo"
    return _compared(data, largest, " on MongoDB", settings, lambda vaults: fill_mongo(*database, vaults))


def _compared(data: Path, largest: int, engine: str, settings: dict[str, str], fill: Fill) -> list[Result]:
    counts = (FEW, largest)
    with emo_server(data, **settings) as emo:
        users = [load("login", target=emo.target) for _ in counts]
    print(f"  making {sum(counts):,} assets", flush=True)
    asyncio.run(fill(vaults_of(users, counts, kek_id(data, settings))))
    with emo_server(data, **settings) as emo:
        section = f"Lists of {largest:,} assets{engine}, p95"
        return results(section, ask(emo.target, users, counts, ROUNDS))


def vaults_of(users: list[User], counts: Sequence[int], kek: str) -> list[tuple[Vault, int]]:
    """What each of these users keeps."""
    owners = [UserId.parse(user["user_id"], "user_id") for user in users]
    return [(Vault(owner, kek, seed), count) for seed, (owner, count) in enumerate(zip(owners, counts, strict=True))]


def kek_id(data: Path, settings: dict[str, str]) -> str:
    """Of the key that a server on this folder wraps keys with."""
    given = {name.lower(): value for name, value in settings.items()}
    return key_ring(fill_secrets(Settings.model_validate(given | {"data_folder": data})).settings).current_kek_id


def ask(target: str, users: list[User], counts: Sequence[int], rounds: int) -> list[Any]:
    """What each question took, of each vault."""
    vaults = [{"username": user["username"], "count": count} for user, count in zip(users, counts, strict=True)]
    questions = [asdict(question) for question in QUESTIONS]
    given = {"target": target, "vaults": vaults, "questions": questions, "rounds": rounds}
    answers: list[Any] = run_client("listing.asking", given)
    return answers


def results(section: str, answers: list[Any]) -> list[Result]:
    """The larger vault beside the smaller."""
    found = []
    for question, answer in zip(QUESTIONS, answers, strict=True):
        few, many = ([second * 1000 for second in each["seconds"]] for each in answer["of"])
        name = f"{question.name}: {answer['page_size']}"
        found.append(tail_at_most(section, name, "ms", many, few, f"{FEW:,} assets", LIMIT))
    return found
