"""What the audit trail of every engine keeps."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.audit.service_layer.views import AuditParty
from emo_grpc.shared.domain.audit import ActorKind, AuditKind, Origin
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.audit.origin import AuditedCall, coming_from
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries

from .trails import ANN, ANYBODY, BEN, NOW, OPERATOR, SERVICE, Trail, entry


async def test_an_entry_is_shown_as_it_was_told(trail: Trail) -> None:
    """Who, for whom, what, when, from where, in which call."""
    told = entry(AuditKind.ROLES_CHANGED, ANN, BEN, roles="admin, user")
    await trail.add(told)
    (event,) = await trail.events()
    assert (event.kind, event.time, event.actor_kind) == (AuditKind.ROLES_CHANGED, NOW, ActorKind.USER)
    assert event.actor is not None
    assert event.account is not None
    assert (event.actor.user_id, event.account.user_id) == (BEN, ANN)
    assert event.actor.pseudonym != event.account.pseudonym
    assert (event.peer, event.request_id, event.method) == ("192.0.2.7", "0123abcd", told.origin.method)
    assert event.details == {"roles": "admin, user"}


@pytest.mark.parametrize("actor", [SERVICE, OPERATOR, ANYBODY])
async def test_actors_who_are_no_users(trail: Trail, actor: object) -> None:
    """They are named by what they are, and by the id of a service account."""
    assert actor in (SERVICE, OPERATOR, ANYBODY)
    told = [entry(account=account, by=each) for each in (SERVICE, OPERATOR, ANYBODY) for account in (ANN, None)]
    mine = [each for each in told if each.origin.actor == actor]
    await trail.add(*mine)
    for event in await trail.events():
        assert (event.actor_kind, event.service_account_id, event.actor) == (
            mine[0].origin.actor.kind, mine[0].origin.actor.identity, None,
        )  # fmt: skip
        assert event.peer == "192.0.2.7"


async def test_what_was_undone_left_no_entry(trail: Trail) -> None:
    """An entry is stored with what else a unit changes, or not at all."""
    async with trail.units() as unit:
        await unit.audit.append(AuditKind.LOGIN, ANN)
    assert await trail.events() == []
    async with trail.units() as unit:
        await unit.audit.append(AuditKind.LOGIN, ANN, device_id="phone")
        await unit.commit()
    (event,) = await trail.events()
    assert (event.time, event.actor_kind, event.details) == (NOW, ActorKind.SYSTEM, {"device_id": "phone"})


async def test_the_first_change_of_an_audited_call_stores_its_entry(trail: Trail) -> None:
    """There is no change without it, even if the server dies before the call ends, and there is one of each call."""
    origin = Origin(SERVICE, method="/emo.assets.v1.AssetsService/CreateAsset")
    call = AuditedCall(AuditKind.DELEGATED_CALL, origin, lambda: ANN)
    with coming_from(origin, call):
        async with trail.units() as unit:
            await unit.audit.append(AuditKind.PROFILE_CHANGED, ANN)
        assert not call.is_recorded
        for _ in range(2):
            async with trail.units() as unit:
                await unit.commit()
            assert call.is_recorded
    (event,) = await trail.events()
    assert (event.kind, event.code, event.method) == (AuditKind.DELEGATED_CALL, "OK", origin.method)
    assert event.account is not None
    assert event.account.user_id == ANN


async def test_lists_are_latest_first_page_by_page(trail: Trail) -> None:
    """Each entry is on one page, however many are of one moment."""
    await trail.add(*[entry(seconds=number // 3, number=str(number)) for number in range(10)])
    pages, cursor = [], None
    while True:
        page = await trail.views.events(Selection(), limit=4, after=cursor)
        pages.append(page.items)
        cursor = page.cursor
        if cursor is None:
            break
    assert [len(items) for items in pages] == [4, 4, 2]
    shown = [event for items in pages for event in items]
    assert [event.time for event in shown] == sorted((event.time for event in shown), reverse=True)
    assert {event.details["number"] for event in shown} == set(map(str, range(10)))


async def test_selections(trail: Trail) -> None:
    """By account, actor, kind and time, and by all of these at once."""
    about_ann, by_ben = Party(Side.ACCOUNT, ANN), Party(Side.ACTOR, BEN)
    await trail.add(
        entry(seconds=0, n="own"),
        entry(AuditKind.STATE_CHANGED, ANN, BEN, seconds=1, n="ben to ann"),
        entry(AuditKind.ADMIN_CALL, None, BEN, seconds=2, n="ben"),
        entry(AuditKind.DELEGATED_CALL, ANN, SERVICE, seconds=3, n="service"),
        entry(account=BEN, seconds=4, n="ben's own"),
    )

    async def found(party: Party | None = None, kind: AuditKind | None = None, start: int = 0, end: int = 9) -> str:
        times = {"start": NOW + timedelta(seconds=start), "end": NOW + timedelta(seconds=end)}
        events = await trail.events(Selection(party=party, kind=kind, **times))
        return ", ".join(event.details["n"] for event in events)

    assert await found() == "ben's own, service, ben, ben to ann, own"
    assert await found(about_ann) == "service, ben to ann, own"
    assert await found(by_ben) == "ben, ben to ann"
    assert SERVICE.identity is not None
    assert await found(Party(Side.ACTOR, SERVICE.identity)) == "service"
    assert await found(kind=AuditKind.LOGIN) == "ben's own, own"
    assert await found(about_ann, AuditKind.LOGIN) == "own"
    assert await found(by_ben, AuditKind.STATE_CHANGED) == "ben to ann"
    assert await found(start=1, end=3) == "ben, ben to ann"
    assert await found(about_ann, AuditKind.STATE_CHANGED, 1, 2) == "ben to ann"
    assert await found(about_ann, AuditKind.STATE_CHANGED, 2, 3) == ""
    assert await found(Party(Side.ACCOUNT, UserId.new())) == ""


def test_a_time_that_ends_before_it_begins() -> None:
    """It is refused, and not a list of nothing."""
    with pytest.raises(InvalidArgument):
        Selection(start=NOW, end=NOW)


async def test_a_removed_account_is_forgotten(trail: Trail) -> None:
    """Its entries stay as they are, and nothing that is stored, or shown, tells any more whose they were."""
    await trail.add(
        entry(AuditKind.PROFILE_CHANGED, ANN, fields="Ann's own"),
        entry(AuditKind.STATE_CHANGED, ANN, BEN, state="about Ann", seconds=1),
        entry(AuditKind.STATE_CHANGED, BEN, ANN, state="about Ben", seconds=2),
        entry(account=ANN, by=ANYBODY, device_id="strange", seconds=3),
    )
    before = await trail.events()
    await trail.forget(ANN)
    after = await trail.events()
    assert [event.event_id for event in after] == [event.event_id for event in before]
    failed, by_ann, by_ben, own = after
    assert own == replace(
        before[-1], actor=_unknown(before[-1].actor), account=_unknown(before[-1].account), peer="", request_id="",
        details={},
    )  # fmt: skip
    assert (by_ben.peer, by_ben.details) == ("192.0.2.7", {})
    assert (by_ann.peer, by_ann.details) == ("", {"state": "about Ben"})
    assert (failed.peer, failed.details) == ("", {})
    assert str(ANN) not in await trail.stored()
    assert str(BEN) in await trail.stored()


async def test_what_comes_after_the_removal_names_nobody(trail: Trail) -> None:
    """A call that was under way when its account went does not bring it back; forgetting twice is forgetting."""
    await trail.add(entry())
    await trail.forget(ANN)
    await trail.add(entry(AuditKind.ADMIN_CALL, None, ANN, seconds=1), entry(details="x", seconds=2))
    await trail.forget(ANN)
    late, call, _ = await trail.events()
    assert (late.account, late.actor, late.peer, late.details) == (None, None, "", {})
    assert (call.actor_kind, call.actor, call.peer) == (ActorKind.USER, None, "")
    assert str(ANN) not in await trail.stored()
    assert await trail.events(Selection(party=Party(Side.ACCOUNT, ANN))) == []


async def test_the_pseudonym_finds_what_is_left(trail: Trail) -> None:
    """An administrator can follow what happened to an account to its removal, and is told nothing of whose it was."""
    await trail.add(entry(), entry(AuditKind.ACCOUNT_REMOVED, ANN, BEN, seconds=1))
    (event, _) = await trail.events()
    assert event.account is not None
    await trail.forget(ANN)
    left = await trail.events(Selection(party=Party(Side.ACCOUNT, event.account.pseudonym)))
    assert [each.kind for each in left] == [AuditKind.ACCOUNT_REMOVED, AuditKind.LOGIN]


async def test_entries_that_come_at_once_name_an_account_alike(trail: Trail) -> None:
    """However many are the first of an account, it has one pseudonym."""
    retries = ConflictRetries()
    await asyncio.gather(*(retries.run(lambda: trail.add(entry())) for _ in range(8)))
    events = await trail.events()
    assert len(events) == 8
    assert len({event.account for event in events}) == 1


async def test_details_are_bounded(trail: Trail) -> None:
    """Whoever may fill them fills no disk."""
    await trail.add(replace(entry(), details={f"n{number}": "x" * 1000 for number in range(100)}))
    (event,) = await trail.events()
    assert len(event.details) == 16
    assert {len(value) for value in event.details.values()} == {200}


def _unknown(party: AuditParty | None) -> AuditParty | None:
    assert party is not None
    return replace(party, user_id=None)
