"""What is read outside of units of work, on every engine."""

from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import REFRESH_LIFETIME
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.ports import Credentials, LiveSession

from .stores import NOW, Store, cursor_of, session, user


async def test_shows_an_account(store: Store) -> None:
    """An account is shown with all but its secrets."""
    ana = user(admin=True)
    await store.add(ana)
    view = await store.views.user(ana.user_id)
    assert (view.user_id, view.username, view.email) == (ana.user_id, ana.username, ana.email)
    assert (view.public_name, view.locale, view.state) == (ana.public_name, ana.locale, ana.state)
    assert (view.create_time, view.update_time, view.etag) == (ana.create_time, ana.update_time, ana.etag)
    assert view.roles == ana.roles
    with pytest.raises(UserNotFound):
        await store.views.user(UserId.new())


async def test_lists_accounts_latest_first(store: Store) -> None:
    """Accounts come latest first, those of the same moment in the order of their ids, after the given one."""
    accounts = [user("ana", minutes=1), user("ben", minutes=2), user("cai", minutes=2), user("dan")]
    accounts[3].create_time += timedelta(microseconds=1)
    await store.add(*accounts)
    expected = sorted(accounts, key=lambda made: (made.create_time, str(made.user_id)), reverse=True)
    listed = await store.views.users(limit=10)
    assert [view.user_id for view in listed.items] == [made.user_id for made in expected]
    for index, made in enumerate(expected):
        rest = await store.views.users(limit=2, after=cursor_of(made.create_time, made.user_id))
        assert [view.user_id for view in rest.items] == [later.user_id for later in expected[index + 1 : index + 3]]


async def test_a_page_leads_to_the_next_one(store: Store) -> None:
    """A page has as many as are asked for, and the cursor of its last one, unless nothing comes behind it."""
    accounts = [user("ana"), user("ben", minutes=1), user("cai", minutes=2)]
    await store.add(*accounts)
    first = await store.views.users(limit=2)
    assert [view.username for view in first.items] == ["cai", "ben"]
    assert first.cursor == cursor_of(accounts[1].create_time, accounts[1].user_id)
    last = await store.views.users(limit=1, after=first.cursor)
    assert ([view.username for view in last.items], last.cursor) == (["ana"], None)


async def test_lists_live_sessions(store: Store) -> None:
    """A user's sessions that have not expired come latest first, after the given one."""
    ana, ben = user("ana"), user("ben")
    logins = [session(ana, minutes=minute) for minute in range(4)]
    await store.add(ana, ben, session(ben), *logins)
    views = store.views_at(NOW + REFRESH_LIFETIME)
    listed = (await views.sessions(ana.user_id, limit=10)).items
    assert [view.session_id for view in listed] == [login.session_id for login in logins[:0:-1]]
    assert (listed[0].device_id, listed[0].create_time) == ("phone", logins[3].create_time)
    assert listed[0].expire_time == logins[3].expire_time
    rest = await views.sessions(ana.user_id, limit=10, after=cursor_of(logins[2].create_time, logins[2].session_id))
    assert [view.session_id for view in rest.items] == [logins[1].session_id]


async def test_finds_credentials(store: Store) -> None:
    """Credentials are found by id, by name, and by address without regard to case."""
    ana = user()
    await store.add(ana)
    expected = Credentials(
        ana.user_id, "ana", ana.email, ana.password_hash, ana.state, ana.create_time, ana.public_name, ana.locale
    )
    assert await store.credentials.credentials(ana.user_id) == expected
    assert await store.credentials.credentials_by_username("ana") == expected
    assert await store.credentials.credentials_by_email("aNA@eXAMPLE.ORG") == expected
    assert await store.credentials.credentials(UserId.new()) is None
    assert await store.credentials.credentials_by_username("ben") is None
    assert await store.credentials.credentials_by_email("ana") is None


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("ana@bücher.de", "ANA@xn--bcher-kva.de"),
        ("ana@xn--bcher-kva.de", "ana@Bücher.de"),
        ("=?utf-8?q?x?=@x.org", "=?UTF-8?q?x?=@x.org"),
        ("an\u200ba@x.org", "an\u200ba@x.org"),
    ],
)
@pytest.mark.parametrize("is_old", [False, True])
async def test_finds_every_form_of_a_mailbox(store: Store, registered: str, typed: str, *, is_old: bool) -> None:
    """Also accounts of earlier releases, which folded the case and nothing else, and took stranger addresses."""
    ana = user("ana")
    ana.email = registered
    old_key = property(lambda found: found.email.casefold())
    with patch.object(User, "email_key", old_key) if is_old else nullcontext():
        await store.add(ana)
    found = await store.credentials.credentials_by_email(typed)
    assert found is not None
    assert found.user_id == ana.user_id


async def test_tells_how_a_session_stands(store: Store) -> None:
    """A session is shown with what its user is now; one that was ended is not there."""
    root = user("root", admin=True)
    login = session(root)
    await store.add(root, login)
    live = await store.credentials.live_session(login.session_id)
    assert live == LiveSession(root.user_id, is_active=True, is_admin=True, expire_time=login.expire_time)
    async with store.units() as unit:
        login.expire_time += timedelta(hours=1)
        await unit.sessions.save(login)
        await unit.commit()
    live = await store.credentials.live_session(login.session_id)
    assert live == LiveSession(root.user_id, is_active=True, is_admin=True, expire_time=login.expire_time)
    async with store.units() as unit:
        root.change_state(UserState.DISABLED, NOW)
        await unit.users.save(root)
        await unit.commit()
    live = await store.credentials.live_session(login.session_id)
    assert live == LiveSession(root.user_id, is_active=False, is_admin=False, expire_time=login.expire_time)
    assert await store.credentials.live_session(SessionId.new()) is None
