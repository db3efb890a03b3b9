"""Entries that belong to no change."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from emo_grpc.audit.domain.selection import Selection
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.audit.allowance import OF_NETWORK, OF_ONE, WINDOW, AuditAllowance
from emo_grpc.shared.service_layer.audit.origin import AuditedCall, coming_from, current_audited_call
from emo_grpc.shared.service_layer.audit.writer import AuditWriter
from hand_clock import HandClock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NOBODY = Actor(ActorKind.ANONYMOUS)


def entry(account: UserId | None = None, actor: Actor = NOBODY) -> AuditEntry:
    return AuditEntry(kind=AuditKind.LOGIN_FAILED, time=NOW, origin=Origin(actor), account=account)


@dataclass
class Store:
    """Units of work that keep what was added, one list for each commit; `errors` are raised first."""

    commits: list[list[AuditEntry]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    before_commit: Callable[[], Awaitable[object]] | None = None

    def __call__(self) -> Any:
        return Unit(self)


@dataclass
class Unit:
    store: Store
    added: list[AuditEntry] = field(default_factory=list)

    @property
    def audit(self) -> Self:
        return self

    async def add(self, made: AuditEntry) -> None:
        self.added.append(made)

    async def commit(self) -> None:
        assert current_audited_call() is None
        if self.store.before_commit is not None:
            await self.store.before_commit()
        if self.store.errors:
            raise self.store.errors.pop(0)
        self.store.commits.append(self.added)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass
class Told:
    """What a writer reports."""

    overflows: list[AuditEntry] = field(default_factory=list)
    losses: list[tuple[Exception, int]] = field(default_factory=list)


def writer_on(store: Store, told: Told, clock: HandClock, **limits: int) -> AuditWriter:
    allowance = AuditAllowance(clock, told.overflows.append, **limits)
    return AuditWriter(store, allowance, lambda error, count: told.losses.append((error, count)))


async def test_those_of_one_moment_share_a_transaction() -> None:
    """What comes while one is under way waits for the next, at most a hundred together, and in order."""
    store = Store()
    writer = writer_on(store, Told(), HandClock())
    entries = [entry(UserId.new()) for _ in range(230)]
    await asyncio.gather(*(writer.write(each) for each in entries))
    assert [len(commit) for commit in store.commits] == [100, 100, 30]
    assert [each for commit in store.commits for each in commit] == entries


async def test_it_is_stored_when_write_returns() -> None:
    """And whoever writes is told if it is not; what has met a concurrent change is tried again."""
    store = Store(errors=[ConcurrentChange("others"), Unavailable("no answer")])
    writer = writer_on(store, Told(), HandClock())
    with pytest.raises(Unavailable):
        await writer.write(entry())
    await writer.write(entry())
    assert len(store.commits) == 1


async def test_the_entry_of_a_call_is_not_taken_along_by_others() -> None:
    """What a call causes to be written knows nothing of that call."""
    store = Store()
    writer = writer_on(store, Told(), HandClock())
    call = AuditedCall(AuditKind.ADMIN_CALL, Origin(NOBODY), lambda: None)
    with coming_from(Origin(NOBODY), call):
        writer.note(entry())
        await writer.settled()
    assert len(store.commits) == 1
    assert not call.is_recorded


async def test_refusals_are_stored_soon() -> None:
    """Nothing waits for them, and what can't be stored is reported."""
    store, told = Store(errors=[Unavailable("no answer")]), Told()
    writer = writer_on(store, told, HandClock())
    writer.note(entry())
    writer.note(entry())
    await writer.settled()
    assert store.commits == []
    assert [count for _, count in told.losses] == [2]


async def test_who_waits_may_go() -> None:
    """A call that is cancelled while its entry is written harms no other entry."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await end.wait()

    store = Store(before_commit=wait)
    writer = writer_on(store, Told(), HandClock())
    gone, stays = [asyncio.create_task(writer.write(entry())) for _ in range(2)]
    await begun.wait()
    gone.cancel()
    end.set()
    await stays
    assert len(store.commits[0]) == 2


def stored_in(store: Store) -> list[AuditEntry]:
    return [each for commit in store.commits for each in commit]


async def test_refusals_are_bounded() -> None:
    """So many of one account, so many of all, in an hour; the first that is too many is reported."""
    store, told, clock = Store(), Told(), HandClock()
    writer = writer_on(store, told, clock, of_one=3, of_all=5)
    ann, ben = UserId.new(), UserId.new()
    for _ in range(5):
        writer.note(entry(ann))
    for _ in range(5):
        writer.note(entry(ben))
    writer.note(entry(actor=Actor.user(UserId.new())))
    await writer.settled()
    assert [each.account for each in stored_in(store)] == [ann] * 3 + [ben] * 2
    assert [each.account for each in told.overflows] == [ann, ben, None]
    clock.pass_by(WINDOW - timedelta(microseconds=1))
    writer.note(entry(ann))
    clock.pass_by(timedelta(microseconds=1))
    writer.note(entry(ann))
    await writer.settled()
    assert len(stored_in(store)) == 6


def refused(
    account: UserId, method: str, *, peer: str = "203.0.113.1", reason: str = "", seconds: int = 0
) -> AuditEntry:
    origin = Origin(NOBODY, peer=peer, method=method)
    time = NOW + timedelta(seconds=seconds)
    return AuditEntry(kind=AuditKind.LOGIN_FAILED, time=time, origin=origin, account=account, reason=reason)


async def test_what_is_too_much_of_one_sort_hides_no_other() -> None:
    """Who forges a thousand wrong passwords of an account hides neither a bad token nor another reason."""
    store = Store()
    writer, ann = writer_on(store, Told(), HandClock()), UserId.new()
    for number in range(1_000):
        writer.note(refused(ann, "Login", peer=f"203.0.{number % 250}.1"))
    token, throttled = refused(ann, "ResetPassword"), refused(ann, "Login", reason="LOGIN_THROTTLED")
    writer.note(token)
    writer.note(throttled)
    await writer.settled()
    assert len(stored_in(store)) == OF_ONE + 2
    assert stored_in(store)[-2:] == [token, throttled]


async def test_one_network_leaves_room_for_others() -> None:
    """What is refused elsewhere is stored by itself, whatever one network sends."""
    store = Store()
    writer, ann = writer_on(store, Told(), HandClock()), UserId.new()
    for number in range(100):
        writer.note(refused(ann, "Login", peer=f"203.0.113.{number}"))
    elsewhere = refused(ann, "Login", peer="198.51.100.7")
    writer.note(elsewhere)
    await writer.settled()
    assert len(stored_in(store)) == OF_NETWORK + 1
    assert stored_in(store)[-1] == elsewhere


async def test_what_is_too_much_is_counted() -> None:
    """The last of a sort is stored with how many came before it, once; a single one as it is."""
    store = Store()
    writer, ann, ben = writer_on(store, Told(), HandClock(), of_one=1), UserId.new(), UserId.new()
    for seconds in range(5):
        writer.note(refused(ann, "Login", seconds=seconds))
    for seconds in (7, 8):
        writer.note(refused(ben, "Login", seconds=seconds))
    writer.sum_up()
    writer.sum_up()
    await writer.settled()
    more, alone = stored_in(store)[2:]
    assert (more.account, more.time) == (ann, NOW + timedelta(seconds=4))
    assert more.details == {"more": "3", "since": "2030-01-01T00:00:01+00:00"}
    assert alone == refused(ben, "Login", seconds=8)


async def test_counting_takes_bounded_room() -> None:
    """With more accounts than are counted beside each other, the others are one entry that names nobody."""
    store = Store()
    writer = writer_on(store, Told(), HandClock(), of_one=0, sorts=2)
    for _ in range(5):
        writer.note(refused(UserId.new(), "Login"))
    writer.sum_up()
    await writer.settled()
    assert [(each.account is None, each.details.get("more")) for each in stored_in(store)] == [
        (False, None), (False, None), (True, "2")
    ]  # fmt: skip


async def test_bad_keys_of_one_service_leave_room_for_others() -> None:
    """They come from nobody who is known, and are counted with the service whose they are said to be."""
    store, told = Store(), Told()
    writer = writer_on(store, told, HandClock(), of_one=3)
    bad_key = [replace(entry(), details={"service_account_id": name}) for name in ("printer", "scanner")]
    for each in [*[bad_key[0]] * 5, bad_key[1], entry()]:
        writer.note(each)
    await writer.settled()
    stored = [each.details.get("service_account_id") for commit in store.commits for each in commit]
    assert stored == ["printer"] * 3 + ["scanner", None]


async def test_a_server_that_stops_tells_what_it_has_counted(tmp_path: Path) -> None:
    """What was not summed up yet is stored at the end, and shown after the next start."""
    settings = fill_secrets(Settings(_env_file=None, data_folder=tmp_path)).settings
    async with open_engines(settings) as engines:
        for _ in range(OF_NETWORK + 5):
            engines.audit_writer.note(entry())
    async with open_engines(settings) as engines:
        page = await engines.metadata.audit_views.events(Selection(), limit=100)
    assert [event.details.get("more") for event in page.items if event.details] == ["4"]
    assert len(page.items) == OF_NETWORK + 1
