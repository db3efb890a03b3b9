"""Another password by a mailed token."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from databases import dumped
from emo_grpc.shared.domain.call_errors import RateLimited
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import ActivateUser, SetUserState
from emo_grpc.users.domain.errors import (
    InvalidCredentials,
    PasswordTooWeak,
    RefreshTokenInvalid,
    UserDisabled,
    UserNotFound,
)
from emo_grpc.users.domain.events import PasswordResetRequested
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid, EmailTokenInvalid, ResetTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import MAX_TOKENS
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    IssueResetToken,
    RequestPasswordReset,
    ResendActivation,
    ResetPassword,
    UndoEmailChange,
)
from emo_grpc.users.domain.session_commands import ChangePassword, RefreshTokens
from emo_grpc.users.domain.user import Role, UserState

from .test_activation import token_in
from .world import PASSWORD, World, a_world

NEW = "battery staple"


@pytest.fixture
async def ana(world: World) -> UserId:
    return await world.create("ana", Role.USER)


async def asked(world: World, email: str = "ana@example.org") -> str:
    """Ask for a token, and read it in the mail."""
    await world.bus.handle(RequestPasswordReset(email=email))
    await world.deliver()
    return token_in(world)


async def reset(world: World, token: str, password: str = NEW) -> None:
    await world.bus.handle(ResetPassword(reset_token=token, new_password=password))


@pytest.mark.usefixtures("ana")
async def test_who_forgot_their_password_has_another(world: World) -> None:
    """The mailed token gives it, the old one is worth nothing any more, and every login has ended."""
    before = await world.log_in()
    await reset(world, await asked(world))
    with pytest.raises(InvalidCredentials):
        await world.log_in()
    with pytest.raises(RefreshTokenInvalid):
        await world.bus.handle(RefreshTokens(refresh_token=before.refresh_token))
    await world.log_in(password=NEW)


async def test_the_token_is_nowhere_but_in_the_mail(world: World, ana: UserId) -> None:
    """The store has a hash of it that is bound to more than the secret."""
    token = await asked(world)
    mail = world.postbox.mails[-1]
    assert mail.to == "ana@example.org"
    assert "1 hour" in " ".join(mail.body.split())
    assert token not in await dumped(world.database) + repr(mail)
    ((one),) = (await world.user(ana)).tokens.tokens
    assert one.token_hash not in repr(await world.user(ana))


@pytest.mark.usefixtures("ana")
async def test_an_unknown_address_leaves_the_same_row(world: World) -> None:
    """One row of the outbox that names an id and no address; the mail comes, or does not, later."""
    for email in ("ana@example.org", "nobody@example.org"):
        await world.bus.handle(RequestPasswordReset(email=email))
    rows = await world.stored_events.rows(None, 10)
    assert [(type(row.event), row.handler) for row in rows] == [(PasswordResetRequested, "send_reset_mail")] * 2
    assert "example.org" not in repr(rows)
    assert await world.deliver() == 2
    assert ([mail.to for mail in world.postbox.mails], await world.outbox()) == (["ana@example.org"], [])


@pytest.mark.usefixtures("ana")
async def test_a_token_works_once(world: World) -> None:
    """Neither it nor another one that was mailed is good once the password is changed."""
    first, second = await asked(world), await asked(world)
    await reset(world, first)
    for token in (first, second):
        with pytest.raises(ResetTokenInvalid):
            await reset(world, token, "a third one")
    await world.log_in(password=NEW)


async def _grows_old(world: World, _: UserId) -> None:
    world.clock.pass_by(timedelta(hours=1))


async def _password_changes(world: World, ana: UserId) -> None:
    tokens = await world.log_in()
    session_id = SessionId((await world.authenticator.authenticate(tokens.access_token)).session_id)
    await world.bus.handle(
        ChangePassword(user_id=ana, session_id=session_id, old_password=PASSWORD, new_password="another one")
    )


async def _address_changes(world: World, ana: UserId) -> None:
    async with world.unit() as unit:
        user = await unit.users.get(ana)
        user.email = "ana@example.com"
        await unit.users.save(user)
        await unit.commit()


async def _password_is_replaced_behind_our_back(world: World, ana: UserId) -> None:
    async with world.unit() as unit:
        user = await unit.users.get(ana)
        user.password_changes += 1
        await unit.users.save(user)
        await unit.commit()


async def _is_disabled(world: World, ana: UserId) -> None:
    await world.bus.handle(SetUserState(user_id=ana, state=UserState.DISABLED))


async def _is_disabled_behind_our_back(world: World, ana: UserId) -> None:
    async with world.unit() as unit:
        user = await unit.users.get(ana)
        user.state = UserState.DISABLED
        await unit.users.save(user)
        await unit.commit()


async def _was_disabled(world: World, ana: UserId) -> None:
    await _is_disabled(world, ana)
    await world.bus.handle(SetUserState(user_id=ana, state=UserState.ACTIVE))


@pytest.mark.parametrize(
    "happens",
    [
        _grows_old,
        _password_changes,
        _address_changes,
        _password_is_replaced_behind_our_back,
        _is_disabled,
        _is_disabled_behind_our_back,
        _was_disabled,
    ],
)
async def test_a_token_is_void(world: World, ana: UserId, happens: Callable[[World, UserId], Awaitable[None]]) -> None:
    """After an hour, and after whatever changes the account: it is bound to its password and its address."""
    token = await asked(world)
    await happens(world, ana)
    before = await world.user(ana)
    with pytest.raises(ResetTokenInvalid):
        await reset(world, token)
    assert await world.user(ana) == before


async def test_a_token_outlives_a_new_hash_of_the_same_password(world: World, ana: UserId) -> None:
    """A login that only makes the hash anew, as releases with other parameters do, ends no token."""
    token = await asked(world)
    async with world.unit() as unit:
        user = await unit.users.get(ana)
        user.rehash_password(await world.hasher.hash(PASSWORD))
        await unit.users.save(user)
        await unit.commit()
    await reset(world, token)


async def test_a_token_is_good_for_its_purpose_and_its_account_alone() -> None:
    """Whatever else it is shown for, it is as unknown as nonsense, and changes nothing."""
    async with a_world(UserState.PENDING) as other:
        await other.register()
        await other.deliver()
        activation = token_in(other)
        with pytest.raises(ResetTokenInvalid):
            await reset(other, activation)
        token = await asked(other)
        for command, error in [
            (ActivateUser(activation_token=token), ActivationTokenInvalid),
            (ConfirmEmailChange(confirmation_token=token), EmailTokenInvalid),
            (UndoEmailChange(undo_token=token), EmailTokenInvalid),
        ]:
            with pytest.raises(error):
                await other.bus.handle(command)
        ben = await other.create("ben", Role.USER)
        nobody = UserId.new()
        for user_id in (ben, nobody):
            with pytest.raises(ResetTokenInvalid):
                await reset(other, _as_if_of(user_id, token))
        for text in ("", "nonsense", token[:-1], token + "A", token.swapcase()):
            with pytest.raises(ResetTokenInvalid):
                await reset(other, text)


def _as_if_of(user_id: UserId, token: str) -> str:
    from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret

    return OneTimeSecret(user_id, OneTimeSecret.parse(token, ValueError).secret).text


@pytest.mark.usefixtures("ana")
async def test_a_bad_password_costs_no_token(world: World) -> None:
    """It is refused before anything else, and the token stays good."""
    token = await asked(world)
    with pytest.raises(InvalidArgument) as caught:
        await reset(world, token, "short")
    assert [violation.field for violation in caught.value.violations] == ["new_password"]
    await reset(world, token)


async def test_who_never_activated_gets_in() -> None:
    """The token proves the mailbox as the one for the activation does, so the account is ACTIVE afterwards."""
    async with a_world(UserState.PENDING) as world:
        user_id = await world.register()
        await world.deliver()
        activation = token_in(world)
        await reset(world, await asked(world))
        assert (await world.user(user_id)).state is UserState.ACTIVE
        await world.log_in(password=NEW)
        with pytest.raises(ActivationTokenInvalid):
            await world.bus.handle(ActivateUser(activation_token=activation))


async def test_who_is_disabled_gets_no_mail(world: World, ana: UserId) -> None:
    """Nor does the operator get a token for the account."""
    await world.bus.handle(SetUserState(user_id=ana, state=UserState.DISABLED))
    await world.bus.handle(RequestPasswordReset(email="ana@example.org"))
    await world.deliver()
    assert world.postbox.mails == []
    with pytest.raises(UserDisabled):
        await world.bus.handle(IssueResetToken(user_id=ana))


async def test_the_operator_hands_out_a_token(world: World, ana: UserId) -> None:
    """It is as good as a mailed one, and logins stay until it is used."""
    tokens = await world.log_in()
    token = await world.bus.handle(IssueResetToken(user_id=ana))
    assert world.postbox.mails == []
    await world.bus.handle(RefreshTokens(refresh_token=tokens.refresh_token))
    await reset(world, token)
    await world.log_in(password=NEW)
    with pytest.raises(UserNotFound):
        await world.bus.handle(IssueResetToken(user_id=UserId.new()))


async def test_delivering_twice_is_harmless(world: World, ana: UserId) -> None:
    """Of mails that went out more than once each holds a good token; the eldest goes when there are too many."""
    handler = world.events[PasswordResetRequested]["send_reset_mail"]
    for _ in range(6):
        await handler(PasswordResetRequested(ana), uuid4())
    assert len((await world.user(ana)).tokens.tokens) == 5
    with pytest.raises(ResetTokenInvalid):
        await reset(world, token_in(world, 0))
    await reset(world, token_in(world, 1))


@pytest.mark.usefixtures("ana")
async def test_a_weak_password_costs_no_token(world: World) -> None:
    """What the account's owner is called counts as easy to guess; the token stays good for another password."""
    token = await asked(world)
    with pytest.raises(PasswordTooWeak) as caught:
        await reset(world, token, "ana@example.org")
    assert [violation.field for violation in caught.value.violations] == ["new_password"]
    await reset(world, token)


@pytest.mark.usefixtures("ana")
@pytest.mark.parametrize("kind", [RequestPasswordReset, ResendActivation])
@pytest.mark.parametrize("name", ["ana", "nobody"])
async def test_nobody_is_flooded_with_mails(
    world: World, kind: type[RequestPasswordReset | ResendActivation], name: str
) -> None:
    """The sixth request within a quarter of an hour has to wait, whether or not somebody has the address."""
    for number in range(5):
        await world.bus.handle(kind(email=f"{name}@example.org", peer=f"192.0.{number}.1"))
    with pytest.raises(RateLimited) as caught:
        await world.bus.handle(kind(email=f"{name.upper()}@EXAMPLE.org", peer="198.51.100.1"))
    assert caught.value.retry_after is not None
    world.clock.pass_by(timedelta(minutes=30))
    await world.bus.handle(kind(email=f"{name}@example.org", peer="198.51.100.1"))


async def test_no_mail_pushes_out_what_the_operator_gave(world: World, ana: UserId) -> None:
    """Strangers may ask for mails to an address; who can't read it has the operator's token, and no others of those."""
    token = await world.bus.handle(IssueResetToken(user_id=ana))
    for _ in range(MAX_TOKENS):
        mailed = await asked(world)
    await reset(world, token)
    with pytest.raises(ResetTokenInvalid):
        await reset(world, mailed)
    first = await world.bus.handle(IssueResetToken(user_id=ana))
    for _ in range(MAX_TOKENS):
        await world.bus.handle(IssueResetToken(user_id=ana))
    with pytest.raises(ResetTokenInvalid):
        await reset(world, first)
