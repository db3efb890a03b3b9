"""ListMyActivity at 1 thousand and 1 million audit entries of one user."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from benchmarks.client import load
from benchmarks.result import Result, at_most
from benchmarks.servers import emo_server
from emo_grpc.audit.service_layer.archive import ArchivedEntry
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.audit_documents import AuditDocument, AuditSubject, entry_to_document, other_actor
from emo_grpc.shared.domain.audit import Actor, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.ids import UserId

FEW = 1_000
ROUNDS = 60
BATCH = 5_000
PAGE = 100
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=1)
RARE = 100
"""One entry in so many is of the kind that is asked for."""


def measure(folder: Path, largest: int) -> list[Result]:
    """Milliseconds for a page of 100, first and in the middle, and for one of 10 of a rare kind, in turns."""
    data, counts = folder / "audit", (FEW, largest)
    with emo_server(data) as emo:
        users = [load("login", target=emo.target) for _ in counts]
    for user, count in zip(users, counts, strict=True):
        print(f"  making {count:,} audit entries", flush=True)
        asyncio.run(_fill(data, UserId.parse(user["user_id"], "user_id"), count))
    with emo_server(data) as emo:
        # Making them took longer than an access token lives.
        users = [load("login", target=emo.target, username=user["username"]) for user in users]
        pages = [
            {"token": user["token"], "request": request}
            for user, count in zip(users, counts, strict=True)
            for request in _requests(count)
        ]
        times = load("activity", target=emo.target, pages=pages, rounds=ROUNDS)["times"]
    few, many = times[:3], times[3:]
    return [
        at_most("ListMyActivity", f"{name} at {largest:,}", "ms", _ms(more), _ms(less), f"{FEW:,} entries", 2)
        for name, less, more in zip(("first page", "page in the middle", "page of a rare kind"), few, many, strict=True)
    ]


def _requests(count: int) -> list[dict[str, object]]:
    middle = (BEGIN + EVERY * (count // 2)).isoformat()
    rare = {"page_size": FEW // RARE, "kind": "LOGIN_FAILED"}
    return [{"page_size": PAGE}, {"page_size": PAGE, "end_time": middle}, rare]


def _ms(seconds: list[float]) -> list[float]:
    return [second * 1000 for second in seconds]


async def _fill(data: Path, user_id: UserId, count: int) -> None:
    """By the port that a move uses: one entry after the other would take half an hour."""
    settings = fill_secrets(Settings(data_folder=data)).settings
    async with open_engines(settings) as engines:
        archive = engines.metadata.audit_archive
        known = {each.user_id: each for each in await archive.subjects(None, BATCH)}[str(user_id)]
        subjects = {user_id: AuditSubject(UUID(known.pseudonym), known.key)}
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            documents = [entry_to_document(_entry(user_id, number), subjects) for number in numbers]
            await archive.import_entries([_archived(document) for document in documents])


def _archived(document: AuditDocument) -> ArchivedEntry:
    return ArchivedEntry(
        UUID(document["entry_id"]), document["kind"], document["account"], other_actor(document), {**document}
    )


def _entry(user_id: UserId, number: int) -> AuditEntry:
    kind = AuditKind.LOGIN_FAILED if number % RARE == 0 else AuditKind.LOGIN
    method = "/emo.users.v1.UsersService/Login"
    origin = Origin(Actor.user(user_id), peer="192.0.2.7", request_id=f"{number:032x}", method=method)
    details = {"session_id": str(user_id), "device_id": "phone"}
    return AuditEntry(kind=kind, time=BEGIN + EVERY * number, origin=origin, account=user_id, details=details)
