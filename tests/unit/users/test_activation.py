"""From registration to the first login, where mail is sent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from databases import dumped
from emo_grpc.users.domain.commands import ActivateUser, RemoveUser
from emo_grpc.users.domain.errors import UserNotActivated
from emo_grpc.users.domain.events import ActivationMailRequested, UserRegistered
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import LIFETIMES, MAX_TOKENS, TokenPurpose
from emo_grpc.users.domain.recovery_commands import ResendActivation
from emo_grpc.users.domain.user import PENDING_LIFETIME, Role, UserState

from .world import World, a_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(UserState.PENDING) as made:
        yield made


def token_in(world: World, mail: int = -1) -> str:
    """The longest word of the body."""
    return max(world.postbox.mails[mail].body.split(), key=len)


async def test_activates_by_mail(world: World) -> None:
    """A PENDING account can't log in until the token from its mail was shown."""
    await world.register()
    with pytest.raises(UserNotActivated):
        await world.log_in()
    await world.deliver()
    await world.bus.handle(ActivateUser(activation_token=token_in(world)))
    await world.log_in()


async def test_token_is_nowhere_but_in_the_mail(world: World) -> None:
    """Neither the outbox nor the account holds the token, and a mail does not print it."""
    user_id = await world.register()
    rows = repr(await world.outbox())
    await world.deliver()
    token = token_in(world)
    assert token not in rows + await dumped(world.database) + repr(world.postbox.mails[0])
    assert (await world.user(user_id)).tokens.tokens[0].token_hash not in token


async def test_token_works_once(world: World) -> None:
    """A used token is worth nothing, and is not kept."""
    user_id = await world.register()
    await world.deliver()
    command = ActivateUser(activation_token=token_in(world))
    await world.bus.handle(command)
    assert (await world.user(user_id)).tokens.tokens == ()
    with pytest.raises(ActivationTokenInvalid):
        await world.bus.handle(command)


async def test_token_ages(world: World) -> None:
    """After seven days the token is worth nothing, and until then it is good."""
    await world.register()
    await world.deliver()
    world.clock.pass_by(timedelta(days=7))
    command = ActivateUser(activation_token=token_in(world))
    with pytest.raises(ActivationTokenInvalid):
        await world.bus.handle(command)
    world.clock.pass_by(-timedelta(microseconds=1))
    await world.bus.handle(command)


async def test_another_mail_can_be_had(world: World) -> None:
    """Whoever waits for the activation gets another token, as long as the account is there; the first stays good."""
    user_id = await world.register()
    await world.deliver()
    world.clock.pass_by(timedelta(days=6))
    await world.bus.handle(ResendActivation(email="ANA@example.ORG"))
    await world.deliver()
    assert len(world.postbox.mails) == 2
    assert "7 days" in " ".join(world.postbox.mails[1].body.split())
    world.clock.pass_by(PENDING_LIFETIME - timedelta(days=6, microseconds=1))
    await world.bus.handle(ResendActivation(email="ana@example.org"))
    await world.deliver()
    (last,) = [token for token in (await world.user(user_id)).tokens.tokens if world.clock() < token.expire_time]
    assert last.expire_time == (await world.user(user_id)).create_time + PENDING_LIFETIME
    await world.bus.handle(ActivateUser(activation_token=token_in(world)))


async def test_nobody_else_gets_one(world: World) -> None:
    """Neither an account that is active nor an address that nobody has is mailed, and both leave the same row."""
    await world.create("ben", Role.USER)
    for name in ("ben", "nobody"):
        await world.bus.handle(ResendActivation(email=f"{name}@example.org"))
    rows = await world.stored_events.rows(None, 10)
    assert [(type(row.event), row.handler) for row in rows] == [(ActivationMailRequested, "send_activation_mail")] * 2
    assert "example.org" not in repr(rows)
    assert await world.deliver() == 2
    assert (world.postbox.mails, await world.outbox()) == ([], [])


async def test_refuses_other_tokens(world: World) -> None:
    """Damaged tokens, those of others and those of accounts that are gone are all the same."""
    ana, ben = await world.register("ana"), await world.register("ben")
    await world.deliver()
    of_ana = next(token_in(world, i) for i in (0, 1) if world.postbox.mails[i].to.startswith("ana"))
    await world.bus.handle(RemoveUser(user_id=ana))
    for token in ["", "nonsense", "é", of_ana, of_ana[:-1], f"{str(ben)[:22]}{of_ana[22:]}"]:
        with pytest.raises(ActivationTokenInvalid):
            await world.bus.handle(ActivateUser(activation_token=token))


async def test_mail_that_failed_comes_later(world: World) -> None:
    """When the mail server is away the mail goes out later."""
    user_id = await world.register()
    world.postbox.closed = True
    await world.deliver()
    world.postbox.closed = False
    assert world.postbox.mails == []
    world.clock.pass_by(timedelta(minutes=1))
    await world.deliver()
    await world.bus.handle(ActivateUser(activation_token=token_in(world)))
    assert (await world.user(user_id)).state is UserState.ACTIVE


async def test_delivering_twice_is_harmless(world: World) -> None:
    """Of mails that went out more than once each holds a good token, and no more than a few are kept."""
    user_id = await world.register()
    handler = world.events[type((await world.outbox())[0])]["send_activation_mail"]
    event = (await world.outbox())[0]
    for _ in range(MAX_TOKENS + 1):
        await handler(event, uuid4())
    assert len((await world.user(user_id)).tokens.tokens) == MAX_TOKENS
    await world.bus.handle(ActivateUser(activation_token=token_in(world, 1)))
    await handler(event, uuid4())
    assert len(world.postbox.mails) == MAX_TOKENS + 1


async def test_nobody_is_mailed_after_removal(world: World) -> None:
    """An account that went away before its mail gets none."""
    user_id = await world.register()
    await world.bus.handle(RemoveUser(user_id=user_id))
    event = next(event for event in await world.outbox() if isinstance(event, UserRegistered))
    await world.events[UserRegistered]["send_activation_mail"](event, uuid4())
    assert world.postbox.mails == []


async def test_speaks_the_users_language(world: World) -> None:
    """The language is that of the account, and the time that of its token."""
    await world.register(locale="ca")
    await world.deliver()
    assert f"Tens {LIFETIMES[TokenPurpose.ACTIVATE].days} dies" in " ".join(world.postbox.mails[0].body.split())


async def test_a_mail_that_goes_out_twice_is_one(world: World) -> None:
    """It carries the id of its outbox row, by which mail programs know it again."""
    await world.register()
    (row,) = await world.stored_events.rows(None, 10)
    await world.deliver()
    assert world.postbox.mails[0].message_key == row.row_id


async def test_links_to_the_public_address() -> None:
    """With a public address the mail has a link, whose token stays out of the logs of web servers."""
    async with a_world(UserState.PENDING, public_url="https://emo.example.org/") as world:
        await world.register()
        await world.deliver()
        link = token_in(world)
        assert link.startswith("https://emo.example.org/activate#")
        await world.bus.handle(ActivateUser(activation_token=link.partition("#")[2]))
