"""From registration to the first login, where mail is sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from databases import dumped
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import ActivateUser, RemoveUser
from emo_grpc.users.domain.errors import ActivationTokenInvalid, UserNotActivated
from emo_grpc.users.domain.secrets import ActivationSecret
from emo_grpc.users.domain.user import MAX_ACTIVATION_TOKENS, Role, User, UserState
from emo_grpc.users.service_layer.activation_mail import activation_mail

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
    assert (await world.user(user_id)).activation_tokens[0].token_hash not in token


async def test_token_works_once(world: World) -> None:
    """A used token is worth nothing, and is not kept."""
    user_id = await world.register()
    await world.deliver()
    command = ActivateUser(activation_token=token_in(world))
    await world.bus.handle(command)
    assert (await world.user(user_id)).activation_tokens == ()
    with pytest.raises(ActivationTokenInvalid):
        await world.bus.handle(command)


async def test_token_ages(world: World) -> None:
    """After three days the token is worth nothing."""
    await world.register()
    await world.deliver()
    world.clock.pass_by(timedelta(days=3))
    with pytest.raises(ActivationTokenInvalid):
        await world.bus.handle(ActivateUser(activation_token=token_in(world)))


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
    for _ in range(MAX_ACTIVATION_TOKENS + 1):
        await handler(event, uuid4())
    assert len((await world.user(user_id)).activation_tokens) == MAX_ACTIVATION_TOKENS
    await world.bus.handle(ActivateUser(activation_token=token_in(world, 1)))
    await handler(event, uuid4())
    assert len(world.postbox.mails) == MAX_ACTIVATION_TOKENS + 1


async def test_nobody_is_mailed_after_removal(world: World) -> None:
    """An account that went away before its mail gets none."""
    user_id = await world.register()
    await world.bus.handle(RemoveUser(user_id=user_id))
    event = next(event for event in await world.outbox() if type(event) in world.events)
    await world.events[type(event)]["send_activation_mail"](event, uuid4())
    assert world.postbox.mails == []


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "Hello"), ("es-MX", "Hola"), ("ca", "Aquest"), ("de", "Hello"), ("", "Hello")]
)
async def test_speaks_the_users_language(world: World, locale: str, word: str) -> None:
    """Mails are in English, Spanish or Catalan, and in English for everybody else."""
    await world.register(locale=locale)
    await world.deliver()
    assert word in world.postbox.mails[0].body


@pytest.mark.parametrize("locale", ["en", "es", "ca"])
@pytest.mark.parametrize("byte", [0x00, 0xFB])
def test_the_mail_names_the_command(locale: str, byte: int) -> None:
    """Before any link, in every language; a token that begins as an option does is written so that it is none."""
    time = datetime(2030, 1, 1, tzinfo=UTC)
    user = User(
        user_id=UserId.new(),
        username="ana",
        email="ana@example.org",
        password_hash="",
        public_name="Ana",
        locale=locale,
        state=UserState.PENDING,
        roles=frozenset({Role.USER}),
        create_time=time,
        update_time=time,
    )
    secret = ActivationSecret(UserId(UUID(bytes=bytes([byte]) * 16)), bytes(32))
    body = activation_mail(user, secret, "https://emo.example.org").body
    expected = f"emo activate {'-- ' if byte else ''}{secret.text}"
    assert expected in body.splitlines()
    assert body.index(expected) < body.index("https://")


async def test_links_to_the_public_address() -> None:
    """With a public address the mail has a link, whose token stays out of the logs of web servers."""
    async with a_world(UserState.PENDING, public_url="https://emo.example.org/") as world:
        await world.register()
        await world.deliver()
        link = token_in(world)
        assert link.startswith("https://emo.example.org/activate#")
        await world.bus.handle(ActivateUser(activation_token=link.partition("#")[2]))
