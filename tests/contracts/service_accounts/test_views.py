"""What is read of service accounts outside of units of work, on every engine."""

import pytest

from emo_grpc.service_accounts.domain.errors import ServiceAccountNotFound
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount
from emo_grpc.service_accounts.service_layer.views import service_account_view
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.service_layer.pages import Page

from .stores import Store, service_account


async def test_shows_one_by_id_and_by_name(store: Store) -> None:
    """What was committed is shown; what is not there is refused, or None to who checks keys."""
    account = service_account()
    await store.add(account)
    assert await store.reader.with_keys(account.service_account_id) == account
    assert await store.views.service_account(account.service_account_id) == service_account_view(account)
    assert await store.views.by_name("printer") == service_account_view(account)
    assert await store.reader.with_keys(ActorId.new()) is None
    for ask in (store.views.service_account(ActorId.new()), store.views.by_name("nobody")):
        with pytest.raises(ServiceAccountNotFound):
            await ask


async def test_lists_latest_first(store: Store) -> None:
    """They come latest first, after the given one; a damaged one keeps its place and is named."""
    accounts = [service_account(f"service{minutes}", minutes=minutes) for minutes in range(3)]
    await store.add(*accounts)
    last, middle, first = accounts
    await store.overwrite(middle.name, -1)
    cursor = middle.create_time.isoformat(), str(middle.service_account_id)
    damaged = [middle.service_account_id.value]
    page = await store.views.service_accounts(limit=2)
    assert page == Page([service_account_view(first)], cursor, damaged)
    assert await store.views.service_accounts(limit=9, after=cursor) == Page([service_account_view(last)], None, [])


async def test_walks_through_all(store: Store) -> None:
    """All come in order of their ids, a page at a time, also damaged ones."""
    made = [service_account(name) for name in ("aaa", "bbb", "ccc")]
    accounts = sorted(made, key=lambda each: each.service_account_id)
    await store.add(*reversed(accounts))
    await store.overwrite(accounts[2].name, -1)
    first = await store.inventory(None, 2)
    assert first == accounts[:2]
    (rest,) = await store.inventory(accounts[1].service_account_id, 2)
    assert isinstance(rest, DamagedServiceAccount)
    assert rest.service_account_id == accounts[2].service_account_id


async def test_counts_what_waits_for_an_upgrade(store: Store) -> None:
    """Documents of other releases are counted."""
    await store.add(service_account(), service_account("other"))
    assert await store.views.outdated() == 0
    await store.overwrite("other", 0)
    assert await store.views.outdated() == 1
