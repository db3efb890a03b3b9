"""What every unit of work of this context does."""

import asyncio
from datetime import timedelta

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.users.domain.events import UserRegistered
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import UserState

from .stores import NOW, Store, session, user

KEY = IdempotencyKey("RegisterUser", RequestId.new(), "f" * 64, "result", NOW)


async def test_stores_all_at_once(store: Store) -> None:
    """Aggregates, idempotency keys and one row for each handler of each event are there after the commit."""
    ana = user()
    ana.register()
    async with store.units() as unit:
        await unit.users.add(ana)
        await unit.idempotency.add(KEY)
        await unit.commit()
    assert await store.credentials.credentials(ana.user_id) is not None
    assert await store.events() == [("send_activation_mail", UserRegistered(ana.user_id))]
    async with store.units() as unit:
        assert await unit.idempotency.find(KEY.scope, KEY.request_id) == KEY
        ana.remove()
        await unit.users.remove(ana)
        await unit.commit()
    assert {handler for handler, _ in await store.events()} == {
        "send_activation_mail", "send_account_removed_mail", "remove_assets_of_user", "tell_others"
    }  # fmt: skip
    assert UserRemoved(ana.user_id) in [event for _, event in await store.events()]


async def test_undoes_what_was_not_committed(store: Store) -> None:
    """Leaving without a commit leaves nothing behind, be it by its end, an error or a cancellation."""
    ana = user()

    async def leave(error: BaseException | None) -> None:
        ana.version = 0
        ana.register()
        async with store.units() as unit:
            await unit.users.add(ana)
            await unit.sessions.add(session(ana))
            await unit.idempotency.add(KEY)
            if error:
                raise error

    await leave(None)
    with pytest.raises(RuntimeError, match="trouble"):
        await leave(RuntimeError("trouble"))
    with pytest.raises(asyncio.CancelledError):
        await leave(asyncio.CancelledError())
    assert await store.credentials.credentials(ana.user_id) is None
    assert await store.events() == []
    async with store.units() as unit:
        assert await unit.idempotency.find(KEY.scope, KEY.request_id) is None


async def test_refuses_the_same_request_twice(store: Store) -> None:
    """A request_id is remembered once."""
    async with store.units() as unit:
        await unit.idempotency.add(KEY)
        await unit.commit()
    async with store.units() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.idempotency.add(KEY)
            await unit.commit()


async def test_nobody_sees_what_is_not_committed(store: Store) -> None:
    """A reader beside a unit sees what was committed, and only that."""
    ana = user()
    async with store.units() as unit:
        await unit.users.add(ana)
        reading = asyncio.create_task(store.credentials.credentials(ana.user_id))
        # In memory a reader waits until the unit is over, so it may only have begun here.
        await asyncio.wait([reading], timeout=0.05)
    assert await reading is None


async def test_none_is_none(store: Store) -> None:
    """Who asks for up to no accounts, sessions, keys or counts gets none, however many there are."""
    ana = user(state=UserState.PENDING)
    await store.add(ana, session(ana))
    await store.throttle.attempt([ThrottleKey.account("ana")], NOW)
    late = NOW + timedelta(days=365)
    async with store.units() as unit:
        await unit.idempotency.add(KEY)
        assert await unit.users.never_activated(late, 0) == []
        assert await unit.sessions.remove_expired(late, 0) == 0
        assert await unit.idempotency.sweep(late, 0) == 0
    assert await store.throttle.forget(late, 0) == 0
