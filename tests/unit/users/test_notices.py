"""Mails that tell people what was done to their accounts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Literal

import pytest
from structlog.testing import capture_logs

from databases import dumped
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.relay import MAX_ATTEMPTS, MAX_BACK_OFF
from emo_grpc.users.domain.commands import DeleteMe, DropExpired, RegisterUser, RemoveUser, SetUserState
from emo_grpc.users.domain.email_address import is_nobodys
from emo_grpc.users.domain.errors import InvalidCredentials, UserNotActivated
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session_commands import ChangePassword, LogIn, Tokens
from emo_grpc.users.domain.user import PENDING_LIFETIME, Role, UserState
from emo_grpc.users.service_layer.mails.ports import MailerMisconfigured, MailRefused

from .world import PASSWORD, World, a_world

PHONE, LAPTOP = "phone", "laptop"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Where mails are sent, so that accounts wait for activation."""
    async with a_world(UserState.PENDING) as made:
        yield made


async def subjects(world: World) -> list[tuple[str, str]]:
    """Deliver what is due; gives to whom mails went, and their subjects, since the last time."""
    world.postbox.mails.clear()
    while await world.deliver():
        pass
    return [(mail.to, mail.subject) for mail in world.postbox.mails]


async def device(world: World, device_id: str, peer: str = "192.0.2.1") -> Tokens:
    return await world.bus.handle(LogIn(identifier="ana", password=PASSWORD, device_id=device_id, peer=peer))


def again(username: str = "eve", email: str = "ana@example.org", request_id: RequestId | None = None) -> RegisterUser:
    return RegisterUser(username=username, email=email, password="eves password", request_id=request_id)


async def refused(world: World, identified_by: Literal["email", "username"], identifier: str) -> type[Exception]:
    """How a login is answered with the password of `again`."""
    with pytest.raises((InvalidCredentials, UserNotActivated)) as caught:
        await world.bus.handle(LogIn(identifier=identifier, identified_by=identified_by, password="eves password"))
    return caught.type


async def test_the_owner_of_an_address_is_told(world: World) -> None:
    """Somebody registers with a known address: the owner hears of it, with the name of the account that is there."""
    await world.create("ana", Role.USER)
    await world.bus.handle(again(email="ANA@example.org"))
    assert await subjects(world) == [("ana@example.org", "You already have an emo account")]
    assert "username is ana." in " ".join(world.postbox.mails[0].body.split())
    assert "eve" not in world.postbox.mails[0].body.split()


async def test_a_stranger_can_not_tell_whose_address_is_known(world: World) -> None:
    """A registration with a known address, and all that can be tried after it, is answered as with an unknown one."""
    await world.create("ana", Role.USER)
    answers = []
    for username, email in (("known", "ana@example.org"), ("unknown", "new@example.org")):
        request_id = RequestId.new()
        first = await world.bus.handle(again(username, email, request_id=request_id))
        answers.append(
            [
                await world.bus.handle(again(username, email, request_id=request_id)) == first,
                await refused(world, "username", username),
                await refused(world, "email", email),
                type(await world.bus.handle(again(f"{username}2", email))),
                await refused(world, "email", email),
                len(await world.outbox()),
            ]
        )
        await subjects(world)
    assert answers[0] == answers[1]


async def test_what_stands_in_takes_a_name_for_two_weeks(world: World) -> None:
    """Its name is taken, as that of any account that waits, and free again when it was not activated."""
    await world.create("ana", Role.USER)
    stand_in = await world.bus.handle(again())
    assert is_nobodys((await world.user(stand_in)).email)
    world.clock.pass_by(PENDING_LIFETIME)
    await world.bus.handle(DropExpired())
    assert await world.bus.handle(again()) != stand_in


async def test_nobody_is_mailed_for_what_stands_in(world: World) -> None:
    """Also when an administrator has activated and removed it."""
    await world.create("ana", Role.USER)
    stand_in = await world.bus.handle(again())
    await subjects(world)
    await world.bus.handle(SetUserState(user_id=stand_in, state=UserState.ACTIVE))
    await world.bus.handle(RemoveUser(user_id=stand_in))
    assert await subjects(world) == []


async def test_nothing_that_stands_in_is_active(world: World) -> None:
    """Also where accounts are active at once, because no mail is sent, nobody gets an account for another's address."""
    async with a_world(UserState.ACTIVE) as at_once:
        for each in (world, at_once):
            await each.create("ana", Role.USER)
            await each.bus.handle(again())
            assert await refused(each, "username", "eve") is UserNotActivated


async def test_two_who_register_at_once(world: World) -> None:
    """With one address: both are answered alike, one account is real, and the other one's mail goes to its owner."""
    ids = await asyncio.gather(world.bus.handle(again("eve")), world.bus.handle(again("adam")))
    assert len(set(ids)) == 2
    assert sorted(await subjects(world)) == [
        ("ana@example.org", "Activate your emo account"),
        ("ana@example.org", "You already have an emo account"),
    ]


async def test_a_changed_password_is_told(world: World) -> None:
    """In the language of the account."""
    await world.create("ana", Role.USER)
    tokens = await world.log_in()
    principal = await world.authenticator.authenticate(tokens.access_token)
    await world.bus.handle(
        ChangePassword(
            user_id=tokens.user_id,
            session_id=SessionId(principal.session_id),
            old_password=PASSWORD,
            new_password="battery staple",
        )
    )
    assert await subjects(world) == [("ana@example.org", "Your emo password was changed")]


@pytest.mark.parametrize("by", ["owner", "administrator"])
async def test_a_removed_account_is_told(world: World, by: str) -> None:
    """Whoever removed it, and after that nothing of it waits in the outbox."""
    user_id = await world.create("ana", Role.USER)
    removal = DeleteMe(user_id=user_id, password=PASSWORD) if by == "owner" else RemoveUser(user_id=user_id)
    await world.bus.handle(removal)
    assert "ana@example.org" not in repr(await world.outbox())
    assert await subjects(world) == [("ana@example.org", "Your emo account was removed")]
    assert "AccountRemoved" not in repr(await world.outbox())


async def test_a_removed_account_leaves_no_address(world: World) -> None:
    """Also when its last mail is refused: that is told in the log, and not kept."""
    user_id = await world.create("ana", Role.USER)
    world.postbox.error = MailRefused("no such mailbox")
    await world.bus.handle(RemoveUser(user_id=user_id))
    with capture_logs() as lines:
        assert await subjects(world) == []
    assert [line["log_level"] for line in lines] == ["warning"]
    assert "ana@example.org" not in await dumped(world.database) + str(lines)


async def test_wrong_settings_end_in_a_dead_letter(world: World) -> None:
    """After as many tries as any fault has, with the name of the setting; when that is mended, the mail goes out."""
    await world.register()
    world.postbox.error = MailerMisconfigured("EMAIL_SMTP_SERVER", "its certificate is not trusted")
    for _ in range(MAX_ATTEMPTS):
        await world.deliver()
        world.clock.pass_by(MAX_BACK_OFF)
    (dead,) = await world.stored_events.dead_letters(10)
    assert dead.error == "MailerMisconfigured: EMAIL_SMTP_SERVER: its certificate is not trusted"
    world.postbox.error = None
    assert await subjects(world) == []
    await world.stored_events.revive(dead.row_id, now=world.clock())
    assert await subjects(world) == [("ana@example.org", "Activate your emo account")]


async def test_an_account_that_was_never_activated_gets_no_goodbye(world: World) -> None:
    """Nobody has shown that the address is theirs."""
    user_id = await world.register()
    await subjects(world)
    await world.bus.handle(RemoveUser(user_id=user_id))
    assert await subjects(world) == []


async def test_a_new_device_is_told(world: World) -> None:
    """The first login of an account is no news; one from another device is, once, with what is known of it."""
    await world.create("ana", Role.USER)
    await device(world, PHONE)
    assert await subjects(world) == []
    world.clock.pass_by(timedelta(minutes=5))
    await device(world, LAPTOP, "198.51.100.9")
    assert await subjects(world) == [("ana@example.org", "New login to your emo account")]
    body = world.postbox.mails[0].body
    for known in (LAPTOP, "198.51.100.9", "2030-01-01 00:05 UTC"):
        assert known in body
    await device(world, LAPTOP, "203.0.113.5")
    await device(world, PHONE, "203.0.113.5")
    assert await subjects(world) == []


async def test_a_device_without_a_name_is_told_by_its_address(world: World) -> None:
    """And one with a name is not known because its address is."""
    await world.create("ana", Role.USER)
    await world.log_in(peer="192.0.2.1")
    await world.log_in(peer="192.0.2.1")
    assert await subjects(world) == []
    await world.log_in(peer="198.51.100.9")
    await device(world, PHONE, "192.0.2.1")
    assert len(await subjects(world)) == 2


async def test_who_was_away_for_long_is_told(world: World) -> None:
    """After 90 days nothing is known of an account's devices, and a login to it is news again."""
    await world.create("ana", Role.USER)
    await device(world, PHONE)
    world.clock.pass_by(timedelta(days=90))
    await device(world, PHONE)
    assert len(await subjects(world)) == 1


async def test_a_login_that_fails_is_no_device(world: World) -> None:
    """Neither is it told, nor does it make the device known."""
    await world.create("ana", Role.USER)
    await device(world, PHONE)
    with pytest.raises(InvalidCredentials):
        await world.bus.handle(LogIn(identifier="ana", password="wrong password", device_id=LAPTOP))
    assert await subjects(world) == []
    await device(world, LAPTOP)
    assert len(await subjects(world)) == 1


async def test_nobody_is_told_who_is_gone(world: World) -> None:
    """Of an account that was removed meanwhile only the removal is told."""
    user_id = await world.create("ana", Role.USER)
    await device(world, PHONE)
    await device(world, LAPTOP)
    await world.bus.handle(again())
    await world.bus.handle(RemoveUser(user_id=user_id))
    assert await subjects(world) == [("ana@example.org", "Your emo account was removed")]
