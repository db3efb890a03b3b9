"""The contract of the unit of work, and of the results it remembers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange, RequestIdReused
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey, fingerprint, once

from .notes import NOW, SUBSCRIPTIONS, Engine, Note, NotesUnitOfWork, NoteWritten


async def write(unit: NotesUnitOfWork, text: str = "x") -> UUID:
    note = Note(note_id=uuid4(), text=text)
    note.record(NoteWritten(note_id=note.note_id, text=text))
    await unit.notes.write(note)
    return note.note_id


async def read(engine: Engine, note_id: UUID) -> str | None:
    async with engine.unit() as unit:
        return await unit.notes.read(note_id)


async def events(engine: Engine) -> int:
    return len(await engine.outbox.lease(SUBSCRIPTIONS, limit=100, now=NOW, leased_until=NOW + timedelta(minutes=1)))


async def test_commit(engine: Engine) -> None:
    """What is committed is there, with its events."""
    async with engine.unit() as unit:
        note_id = await write(unit)
        await unit.commit()
    assert await read(engine, note_id) == "x"
    assert await events(engine) == 2


async def test_no_commit(engine: Engine) -> None:
    """What is not committed is gone, with its events, though the unit itself saw it."""
    async with engine.unit() as unit:
        note_id = await write(unit)
        assert await unit.notes.read(note_id) == "x"
    assert await read(engine, note_id) is None
    assert await events(engine) == 0


async def test_error(engine: Engine) -> None:
    """An error undoes everything and passes through; the next unit begins as if nothing had been."""
    note_id = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with engine.unit() as unit:
            note_id = await write(unit)
            raise ZeroDivisionError
    assert await read(engine, note_id) is None


async def test_one_at_a_time(engine: Engine) -> None:
    """Units that begin at once come one after the other, and none is lost."""

    async def add() -> UUID:
        async with engine.unit() as unit:
            note_id = await write(unit)
            await asyncio.sleep(0)
            await unit.commit()
            return note_id

    ids = await asyncio.gather(*(add() for _ in range(20)))
    assert [await read(engine, note_id) for note_id in ids] == ["x"] * 20


@pytest.mark.parametrize("turns", range(40))
async def test_cancelled_anywhere(engine: Engine, turns: int) -> None:
    """A unit cancelled at any of its awaits has done all or nothing, and the next unit works."""
    ids: list[UUID] = []

    async def add_two() -> None:
        async with engine.unit() as unit:
            ids.append(await write(unit, "one"))
            ids.append(await write(unit, "two"))
            await unit.commit()

    task = asyncio.create_task(add_two())
    for _ in range(turns):
        await asyncio.sleep(0.0002 if turns % 2 else 0)  # any moment, so there is no condition to wait for
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    texts = [await read(engine, note_id) for note_id in ids]
    rows = await events(engine)
    assert (texts, rows) in [([], 0), ([None], 0), ([None, None], 0), (["one", "two"], 4)]
    async with engine.unit() as unit:
        await write(unit)
        await unit.commit()
    assert await events(engine) == 2


async def test_cancelled_while_waiting_for_its_turn(engine: Engine) -> None:
    """A unit cancelled before its turn came holds nobody up."""
    async with engine.unit() as unit:
        waiting = asyncio.create_task(read(engine, uuid4()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        note_id = await write(unit)
        await unit.commit()
    assert await read(engine, note_id) == "x"


def key(scope: str = "s", request_id: RequestId | None = None) -> IdempotencyKey:
    return IdempotencyKey(scope, request_id or RequestId.new(), "f", "result", NOW + timedelta(hours=1))


async def test_keys(engine: Engine) -> None:
    """A committed key is found under its scope and id, and nowhere else."""
    added = key()
    async with engine.unit() as unit:
        await unit.idempotency.add(added)
        await unit.commit()
    async with engine.unit() as unit:
        assert await unit.idempotency.find("s", added.request_id) == added
        assert await unit.idempotency.find("t", added.request_id) is None
        assert await unit.idempotency.find("s", RequestId.new()) is None


async def test_key_twice(engine: Engine) -> None:
    """The same key again is a concurrent change, and nothing of its unit is kept."""
    added, note_id = key(), uuid4()
    async with engine.unit() as unit:
        await unit.idempotency.add(added)
        await unit.commit()
    with pytest.raises(ConcurrentChange):
        async with engine.unit() as unit:
            note_id = await write(unit)
            await unit.idempotency.add(added)
            await unit.commit()
    assert await read(engine, note_id) is None


async def test_all_keys(engine: Engine) -> None:
    """All keys are walked through, a page at a time, each once and as it was."""
    added = [key(scope) for scope in ("s", "s t", "t") for _ in range(2)]
    async with engine.unit() as unit:
        for one in added:
            await unit.idempotency.add(one)
        await unit.commit()
    async with engine.unit() as unit:
        first = await unit.idempotency.after(None, 4)
        rest = await unit.idempotency.after(first[-1], 4)
        assert len(first) == 4
        assert sorted(first + rest, key=repr) == sorted(added, key=repr)
        assert await unit.idempotency.after(rest[-1], 4) == await unit.idempotency.after(None, 0) == []


async def test_keys_are_swept(engine: Engine) -> None:
    """Expired keys go, the others stay."""
    old, young = key(), IdempotencyKey("s", RequestId.new(), "f", "result", NOW + timedelta(hours=3))
    async with engine.unit() as unit:
        await unit.idempotency.add(old)
        await unit.idempotency.add(young)
        await unit.commit()
    async with engine.unit() as unit:
        assert await unit.idempotency.sweep(NOW + timedelta(hours=2), 10) == 1
        await unit.commit()
    async with engine.unit() as unit:
        assert await unit.idempotency.find("s", old.request_id) is None
        assert await unit.idempotency.find("s", young.request_id) == young


async def test_keys_are_forgotten(engine: Engine) -> None:
    """Those of a scope, or with a result, go before their time, a batch at a time, and no others."""
    theirs, others = [key("s") for _ in range(3)], [key("s t"), key("s."), key("r"), key("t")]
    made = [replace(key(scope), result_id="made") for scope in ("s t", "u")]
    async with engine.unit() as unit:
        for one in (*theirs, *others, *made):
            await unit.idempotency.add(one)
        await unit.commit()
    async with engine.unit() as unit:
        assert [await unit.idempotency.forget_scope("s", 2) for _ in range(3)] == [2, 1, 0]
        assert await unit.idempotency.forget_result("made") == 2
        await unit.commit()
    async with engine.unit() as unit:
        assert sorted(await unit.idempotency.after(None, 10), key=repr) == sorted(others, key=repr)


async def test_once(engine: Engine) -> None:
    """The same request again gives the first result and makes nothing; another with the same id is refused."""
    request_id, made = RequestId.new(), []

    async def request(text: str, with_id: RequestId | None = request_id) -> tuple[str, bool]:
        async with engine.unit() as unit:

            async def make() -> str:
                made.append(await write(unit, text))
                return str(made[-1])

            result = await once(
                unit.idempotency, scope="s", request_id=with_id, request=fingerprint(text), now=NOW, make=make
            )
            await unit.commit()
            return result

    first = await request("x")
    assert first == (str(made[0]), True)
    assert await request("x") == (str(made[0]), False)
    with pytest.raises(RequestIdReused):
        await request("y")
    assert len(made) == 1
    assert (await request("x", None))[1]
