"""Who else may use an account, on every engine."""

import asyncio
from datetime import timedelta

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity
from emo_grpc.users.domain.user import User

from .stores import NOW, Store, user

ANA_THERE = ExternalIdentity("https://login.example.org", "7f3a")
SAME_NAME_ELSEWHERE = ExternalIdentity("https://other.example.org", "7f3a")
OTHERS = [
    ExternalIdentity("https://login.example.org", "7F3A"),
    ExternalIdentity("https://login.example.org/", "7f3a"),
    ExternalIdentity("https://login.example.org", "7f3a $gt {}"),
    ExternalIdentity("https://login.example.org 7f3a", "x"),
]


async def link(store: Store, owner: User, *identities: ExternalIdentity) -> None:
    async with store.units() as unit:
        for identity in identities:
            await unit.identities.link(identity, owner.user_id, NOW)
        await unit.commit()


async def found(store: Store, identity: ExternalIdentity) -> UserId | None:
    """As the unit of work and the reader say, which is the same."""
    async with store.units() as unit:
        inside = await unit.identities.user_of(identity)
    assert await store.credentials.user_id_by_identity(identity) == inside
    return inside


async def test_an_identity_finds_its_account(store: Store) -> None:
    """The issuer and its name for somebody together, to the letter."""
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben)
    await link(store, ana, ANA_THERE)
    await link(store, ben, SAME_NAME_ELSEWHERE)
    assert await found(store, ANA_THERE) == ana.user_id
    assert await found(store, SAME_NAME_ELSEWHERE) == ben.user_id
    assert [await found(store, other) for other in OTHERS] == [None] * len(OTHERS)


async def test_an_account_has_several(store: Store) -> None:
    """They are listed in order, each with when it was linked."""
    ana = user("ana")
    await store.add(ana)
    await link(store, ana, SAME_NAME_ELSEWHERE, ANA_THERE)
    async with store.units() as unit:
        linked = await unit.identities.of_user(ana.user_id)
        assert await unit.identities.of_user(UserId.new()) == []
    assert linked == [LinkedIdentity(ANA_THERE, NOW), LinkedIdentity(SAME_NAME_ELSEWHERE, NOW)]
    assert await store.views.identities(ana.user_id) == linked
    assert await store.views.identities(UserId.new()) == []


async def test_an_identity_has_one_account(store: Store) -> None:
    """It can't be linked twice, also not to the same account."""
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben)
    await link(store, ana, ANA_THERE)
    for owner in (ana, ben):
        with pytest.raises(ConcurrentChange):
            await link(store, owner, ANA_THERE)
    assert await found(store, ANA_THERE) == ana.user_id


async def test_unlinking(store: Store) -> None:
    """It is nobody's then, and can be linked again; what is not linked is no error."""
    ana = user("ana")
    await store.add(ana)
    await link(store, ana, ANA_THERE, SAME_NAME_ELSEWHERE)
    async with store.units() as unit:
        for _ in range(2):
            await unit.identities.unlink(ANA_THERE)
        await unit.commit()
    assert await found(store, ANA_THERE) is None
    assert await found(store, SAME_NAME_ELSEWHERE) == ana.user_id
    await link(store, ana, ANA_THERE)


async def test_links_go_with_their_account(store: Store) -> None:
    """Nothing says any more how an issuer called somebody who was removed; others keep theirs."""
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben)
    await link(store, ana, ANA_THERE)
    await link(store, ben, SAME_NAME_ELSEWHERE)
    async with store.units() as unit:
        await unit.users.remove(await unit.users.get(ana.user_id))
        await unit.commit()
    assert await found(store, ANA_THERE) is None
    assert await found(store, SAME_NAME_ELSEWHERE) == ben.user_id


async def test_a_unit_that_is_not_committed_links_nothing(store: Store) -> None:
    """As with all that a unit of work does."""
    ana = user("ana")
    await store.add(ana)
    async with store.units() as unit:
        await unit.identities.link(ANA_THERE, ana.user_id, NOW + timedelta(days=1))
    assert await found(store, ANA_THERE) is None


async def test_two_who_come_at_once_get_one_account(store: Store) -> None:
    """Of two units that make an account for the same identity one stores it, and the other can be repeated."""

    async def make(username: str) -> bool:
        try:
            async with store.units() as unit:
                if await unit.identities.user_of(ANA_THERE) is not None:
                    return False
                made = user(username)
                await unit.users.add(made)
                await unit.identities.link(ANA_THERE, made.user_id, NOW)
                await unit.commit()
        except ConcurrentChange:
            return False
        return True

    assert sorted(await asyncio.gather(make("ana"), make("ana2"))) == [False, True]
    async with store.units() as unit:
        assert await unit.users.find_by_email("ana@example.org") or await unit.users.find_by_email("ana2@example.org")


async def test_an_account_is_found_by_its_mailbox(store: Store) -> None:
    """In a unit of work, however the address is written; nobody's finds nobody."""
    ana = user("ana")
    await store.add(ana)
    async with store.units() as unit:
        assert await unit.users.find_by_email("ANA@example.org") == ana
        assert await unit.users.find_by_email("ben@example.org") is None
