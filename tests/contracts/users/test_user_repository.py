"""What every repository of accounts does."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import EmailTaken, UsernameTaken, UserNotFound
from emo_grpc.users.domain.recovery.account_tokens import mint_token
from emo_grpc.users.domain.recovery.email_changes import EmailChange, EmailChanges
from emo_grpc.users.domain.recovery.one_time_tokens import TokenPurpose
from emo_grpc.users.domain.user import User, UserState

from .stores import NOW, Store, session, user


async def stored(store: Store, user_id: UserId) -> User:
    async with store.units() as unit:
        return await unit.users.get(user_id)


async def test_gives_back_what_was_added(store: Store) -> None:
    """An account comes back whole, as version 1, by id and by name."""
    ana = user()
    for purpose in (TokenPurpose.ACTIVATE, TokenPurpose.RESET_PASSWORD):
        mint_token(ana, purpose, NOW)
    change = EmailChange(uuid4(), "ana@example.com", NOW + timedelta(days=1))
    ana.email_changes = EmailChanges(change, (EmailChange(uuid4(), "ana@example.net", NOW),))
    ana.password_changes = 3
    await store.add(ana)
    assert await stored(store, ana.user_id) == ana
    assert ana.version == 1
    async with store.units() as unit:
        assert await unit.users.get_by_username("ana") == ana


async def test_finds_by_mailbox(store: Store) -> None:
    """However the address is written; nobody for one that nobody has. Readers tell the id without the account."""
    ana = user()
    await store.add(ana, user("ben"))
    async with store.units() as unit:
        assert await unit.users.find_by_email("ANA@EXAMPLE.org") == ana
        assert await unit.users.find_by_email("cai@example.org") is None
    assert await store.credentials.user_id_by_email("ANA@EXAMPLE.org") == ana.user_id
    assert await store.credentials.user_id_by_email("cai@example.org") is None


async def test_unknown_accounts(store: Store) -> None:
    """Who is not there is not found."""
    async with store.units() as unit:
        with pytest.raises(UserNotFound):
            await unit.users.get(UserId.new())
        assert await unit.users.find(UserId.new()) is None
        with pytest.raises(UserNotFound):
            await unit.users.get_by_username("ana")


async def test_saves_as_the_next_version(store: Store) -> None:
    """A change is stored as the next version; a change that is not saved stays nobody's."""
    ana = user()
    await store.add(ana)
    async with store.units() as unit:
        changed = await unit.users.get(ana.user_id)
        changed.change_profile(NOW + timedelta(1), username="anna", public_name=None, locale="es")
        assert (await unit.users.get(ana.user_id)).username == "ana"
        await unit.users.save(changed)
        assert (await unit.users.get(ana.user_id)).username == "anna"
        await unit.commit()
    assert await stored(store, ana.user_id) == changed
    assert changed.version == 2


@pytest.mark.parametrize("way", ["save", "remove"])
async def test_refuses_a_stale_version(store: Store, way: str) -> None:
    """Of two changes of the same version the second is refused and nothing of it is stored."""
    ana = user()
    await store.add(ana)
    first, second = await stored(store, ana.user_id), await stored(store, ana.user_id)
    async with store.units() as unit:
        await unit.users.save(first)
        await unit.commit()
    async with store.units() as unit:
        with pytest.raises(ConcurrentChange):
            await (unit.users.save(second) if way == "save" else unit.users.remove(second))
    assert await stored(store, ana.user_id) == first


async def test_refuses_to_save_what_was_removed(store: Store) -> None:
    """An account that went away is not brought back by a late change."""
    ana = user()
    await store.add(ana)
    late = await stored(store, ana.user_id)
    async with store.units() as unit:
        await unit.users.remove(ana)
        await unit.commit()
    async with store.units() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.users.save(late)


async def test_names_are_unique(store: Store) -> None:
    """Neither a new account nor a change can take a name or an address that another has."""
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben)
    namesake, neighbour = user("ana"), user("cai")
    namesake.email, neighbour.email = "other@example.org", "BEN@example.ORG"
    async with store.units() as unit:
        with pytest.raises(UsernameTaken):
            await unit.users.add(namesake)
        with pytest.raises(EmailTaken):
            await unit.users.add(neighbour)
        ben.username = "ana"
        with pytest.raises(UsernameTaken):
            await unit.users.save(ben)


@pytest.mark.parametrize(("stored", "new"), [("ben@bücher.de", "Ben@xn--bcher-kva.de"), ("ben@xn--bcher-kva.de",) * 2])
@pytest.mark.parametrize("is_old", [False, True])
async def test_mailboxes_are_unique(store: Store, stored: str, new: str, *, is_old: bool) -> None:
    """However they are written, and also when an earlier release stored them, which compared only their case."""
    ben, neighbour = user("ben"), user("cai")
    ben.email, neighbour.email = stored, new
    old_key = property(lambda found: found.email.casefold())
    with patch.object(User, "email_key", old_key) if is_old else nullcontext():
        await store.add(ben)
    async with store.units() as unit:
        with pytest.raises(EmailTaken):
            await unit.users.add(neighbour)
    async with store.units() as unit:
        same = await unit.users.get(ben.user_id)
        await unit.users.save(same)
        await unit.commit()
    assert await store.credentials.credentials_by_email(new) is not None


async def test_names_are_free_again(store: Store) -> None:
    """What a removed or renamed account was called may be taken."""
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben)
    async with store.units() as unit:
        await unit.users.remove(ana)
        ben.username, ben.email = "bern", "bern@example.org"
        await unit.users.save(ben)
        await unit.commit()
    new_ana, new_ben = user("ana"), user("ben")
    await store.add(new_ana, new_ben)
    async with store.units() as unit:
        assert (await unit.users.get(new_ana.user_id)).username == "ana"
        assert (await unit.users.get(new_ben.user_id)).username == "ben"


async def test_removal_takes_sessions_along(store: Store) -> None:
    """With an account its own sessions go, and no others."""
    ana, ben = user("ana"), user("ben")
    of_ana, of_ben = session(ana), session(ben)
    await store.add(ana, ben, of_ana, of_ben)
    async with store.units() as unit:
        await unit.users.remove(ana)
        await unit.commit()
    async with store.units() as unit:
        assert await unit.sessions.find(of_ana.session_id) is None
        assert await unit.sessions.find(of_ben.session_id) == of_ben


async def test_counts_active_admins(store: Store) -> None:
    """Administrators who are ACTIVE are counted, as the unit itself has changed them."""
    root = user("root", admin=True)
    await store.add(root, user("ana"), user("old", admin=True, state=UserState.DISABLED))
    async with store.units() as unit:
        assert await unit.users.count_active_admins() == 1
        await unit.users.add(user("second", admin=True))
        assert await unit.users.count_active_admins() == 2
        root.change_state(UserState.DISABLED, NOW)
        await unit.users.save(root)
        assert await unit.users.count_active_admins() == 1


async def test_finds_accounts_with_changes_of_address_that_are_over(store: Store) -> None:
    """Whether they wait or can be undone: up to a time, as many as asked for; nobody else."""
    waits, undone, later, never = user("waits"), user("undone"), user("later"), user("never")
    change = EmailChange(uuid4(), "ana@example.com", NOW)
    waits.email_changes = EmailChanges(change)
    undone.email_changes = EmailChanges(None, (change, replace(change, until=NOW + timedelta(days=1))))
    later.email_changes = EmailChanges(replace(change, until=NOW + timedelta(microseconds=1)))
    await store.add(waits, undone, later, never)
    async with store.units() as unit:
        found = await unit.users.with_ended_changes(NOW, 10)
        assert {each.username for each in found} == {"waits", "undone"}
        assert len(await unit.users.with_ended_changes(NOW, 1)) == 1
        for each in found:
            each.email_changes = each.email_changes.still_open(NOW)
            await unit.users.save(each)
        assert await unit.users.with_ended_changes(NOW, 10) == []


async def test_finds_accounts_that_were_never_activated(store: Store) -> None:
    """PENDING ones up to a time, as many as asked for; nobody else."""
    early = [user(f"early{number}", state=UserState.PENDING) for number in range(3)]
    late = user("late", minutes=1, state=UserState.PENDING)
    others = [user("active"), user("disabled", state=UserState.DISABLED)]
    await store.add(*early, late, *others)
    async with store.units() as unit:
        found = await unit.users.never_activated(NOW, 10)
        assert sorted(each.username for each in found) == ["early0", "early1", "early2"]
        assert len(await unit.users.never_activated(NOW, 2)) == 2
        await unit.users.remove(found[0])
        assert len(await unit.users.never_activated(NOW, 10)) == 2
