"""Another address for an account, and the way back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from databases import dumped
from emo_grpc.shared.domain.call_errors import RateLimited
from emo_grpc.shared.domain.errors import InvalidArgument, SessionRevoked
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import DropExpired, RegisterUser, SetUserState
from emo_grpc.users.domain.errors import (
    EmailTaken,
    IdentityNotLinked,
    InvalidCredentials,
    RefreshTokenInvalid,
    UserNotFound,
)
from emo_grpc.users.domain.events import EmailChanged, EmailChangeRequested
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.issuer_commands import ExchangeIssuerToken, LinkIdentity
from emo_grpc.users.domain.recovery.email_changes import MAX_FORMER, PENDING_FOR
from emo_grpc.users.domain.recovery.errors import EmailTokenInvalid, ResetTokenInvalid, TooManyEmailChanges
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    IssueResetToken,
    RequestEmailChange,
    RequestPasswordReset,
    ResetPassword,
    UndoEmailChange,
)
from emo_grpc.users.domain.session_commands import ChangePassword, RefreshTokens
from emo_grpc.users.domain.user import Role, UserState
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims

from .test_activation import token_in
from .world import PASSWORD, World, a_world

WEEK = timedelta(days=7)


@pytest.fixture
async def ana(world: World) -> UserId:
    return await world.create("ana", Role.USER)


async def asked(world: World, user_id: UserId, email: str) -> str:
    """Ask for another address, and read the token in the mail to it, when all others have gone out."""
    await world.deliver()
    await world.bus.handle(RequestEmailChange(user_id=user_id, new_email=email))
    await world.deliver()
    assert world.postbox.mails[-1].to == email
    return token_in(world)


async def changed(world: World, user_id: UserId, email: str) -> str:
    """Have another address; gives the token that undoes it, from the mail to the one before."""
    before = (await world.user(user_id)).email
    await world.bus.handle(ConfirmEmailChange(confirmation_token=await asked(world, user_id, email)))
    await world.deliver()
    assert world.postbox.mails[-1].to == before
    return token_in(world)


async def undo(world: World, token: str) -> None:
    await world.bus.handle(UndoEmailChange(undo_token=token))


async def change_password(world: World, user_id: UserId, old: str, new: str) -> None:
    tokens = await world.log_in(password=old)
    session_id = SessionId((await world.authenticator.authenticate(tokens.access_token)).session_id)
    await world.bus.handle(ChangePassword(user_id=user_id, session_id=session_id, old_password=old, new_password=new))


async def test_the_new_address_is_had_when_its_owner_says_so(world: World, ana: UserId) -> None:
    """Until then the account keeps the old one; then the old one is mailed the way back. Logins go on."""
    tokens = await world.log_in()
    token = await asked(world, ana, "Ana@Example.com")
    assert (await world.user(ana)).email == "ana@example.org"
    assert "1 hour" in " ".join(world.postbox.mails[-1].body.split())
    await world.bus.handle(ConfirmEmailChange(confirmation_token=token))
    assert (await world.user(ana)).email == "Ana@Example.com"
    await world.deliver()
    mail = world.postbox.mails[-1]
    assert mail.to == "ana@example.org"
    assert "Ana@Example.com" in mail.body
    await world.bus.handle(RefreshTokens(refresh_token=tokens.refresh_token))
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=token))


async def test_tokens_are_nowhere_but_in_the_mails(world: World, ana: UserId) -> None:
    """Nor do outbox rows hold an address."""
    await world.bus.handle(RequestEmailChange(user_id=ana, new_email="ana@example.com"))
    assert "example" not in repr(await world.outbox())
    await world.deliver()
    confirmation = token_in(world)
    assert confirmation not in await dumped(world.database)
    await world.bus.handle(ConfirmEmailChange(confirmation_token=confirmation))
    assert "example" not in repr(await world.outbox())
    await world.deliver()
    assert token_in(world) not in await dumped(world.database)


async def test_the_same_mailbox_may_be_written_otherwise(world: World, ana: UserId) -> None:
    """That is a change as any other; what is no change is refused."""
    await changed(world, ana, "Ana@Example.org")
    assert (await world.user(ana)).email == "Ana@Example.org"
    with pytest.raises(InvalidArgument) as caught:
        await world.bus.handle(RequestEmailChange(user_id=ana, new_email="Ana@Example.org"))
    assert [violation.field for violation in caught.value.violations] == ["new_email"]
    with pytest.raises(InvalidArgument):
        RequestEmailChange(user_id=ana, new_email="nonsense")


async def test_the_way_back_for_identities(world: World, ana: UserId) -> None:
    """A thief who changed the address, and then came in with it at an issuer, has no way in; what was linked stays."""
    hers, theirs = (ExternalIdentity("https://login.example.org", name) for name in ("hers", "theirs"))
    await world.bus.handle(LinkIdentity(username="ana", identity=hers))
    world.clock.pass_by(timedelta(hours=1))
    token = await changed(world, ana, "thief@example.com")
    world.issuers.told["theirs"] = IssuerClaims(theirs, email="thief@example.com", may_link_by_email=True)
    stolen = await world.bus.handle(ExchangeIssuerToken(subject_token="theirs"))
    assert stolen.user_id == ana
    await undo(world, token)
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(stolen.access_token)
    with pytest.raises(IdentityNotLinked):
        await world.bus.handle(ExchangeIssuerToken(subject_token="theirs"))
    assert await world.reader.user_id_by_identity(hers) == ana


async def test_the_way_back(world: World, ana: UserId) -> None:
    """It takes the address back, ends all logins, and the password, until a token mailed there gives another one."""
    token = await changed(world, ana, "ana@example.com")
    tokens = await world.log_in()
    await undo(world, token)
    assert (await world.user(ana)).email == "ana@example.org"
    with pytest.raises(RefreshTokenInvalid):
        await world.bus.handle(RefreshTokens(refresh_token=tokens.refresh_token))
    with pytest.raises(InvalidCredentials):
        await world.log_in()
    await world.deliver()
    assert world.postbox.mails[-1].to == "ana@example.org"
    await world.bus.handle(ResetPassword(reset_token=token_in(world), new_password="battery staple"))
    await world.log_in(password="battery staple")
    with pytest.raises(EmailTokenInvalid):
        await undo(world, token)


async def test_a_thief_does_not_keep_the_account(world: World, ana: UserId) -> None:
    """Whatever is changed after the address, and however often: the owner's token takes all of it back."""
    token = await changed(world, ana, "thief@example.com")
    await change_password(world, ana, PASSWORD, "the thief's")
    later = await changed(world, ana, "thief@example.net")
    await world.bus.handle(RequestPasswordReset(email="thief@example.net"))
    await world.deliver()
    reset = token_in(world)
    waiting = await asked(world, ana, "third@example.com")
    await undo(world, token)
    user = await world.user(ana)
    assert (user.email, user.email_changes.pending, user.email_changes.former) == ("ana@example.org", None, ())
    assert user.tokens.tokens == ()
    for command in (UndoEmailChange(undo_token=later), ConfirmEmailChange(confirmation_token=waiting)):
        with pytest.raises(EmailTokenInvalid):
            await world.bus.handle(command)
    with pytest.raises(ResetTokenInvalid):
        await world.bus.handle(ResetPassword(reset_token=reset, new_password="the thief's"))
    with pytest.raises(InvalidCredentials):
        await world.log_in(password="the thief's")


async def test_earlier_ways_back_stay(world: World, ana: UserId) -> None:
    """Who undoes the second change can still undo the first, but not the other way round."""
    first = await changed(world, ana, "ana@example.com")
    second = await changed(world, ana, "ana@example.net")
    await undo(world, second)
    assert (await world.user(ana)).email == "ana@example.com"
    await undo(world, first)
    assert (await world.user(ana)).email == "ana@example.org"


async def test_the_way_back_ends(world: World, ana: UserId) -> None:
    """After a week; then the sweeper takes the old address away."""
    token = await changed(world, ana, "ana@example.com")
    world.clock.pass_by(WEEK - timedelta(microseconds=1))
    await world.bus.handle(DropExpired())
    assert (await world.user(ana)).email_changes.former
    world.clock.pass_by(timedelta(microseconds=1))
    with pytest.raises(EmailTokenInvalid):
        await undo(world, token)
    await world.bus.handle(DropExpired())
    assert (await world.user(ana)).email == "ana@example.com"
    assert "ana@example.org" not in await dumped(world.database)
    assert await world.bus.handle(DropExpired()) == 0


async def test_addresses_that_nobody_confirms_are_forgotten(world: World, ana: UserId) -> None:
    """After a day."""
    await asked(world, ana, "ana@example.com")
    world.clock.pass_by(PENDING_FOR)
    await world.bus.handle(DropExpired())
    assert "ana@example.com" not in await dumped(world.database)


async def test_nothing_of_it_outlives_the_account(world: World, ana: UserId) -> None:
    """No row waits for the end of a change."""
    await changed(world, ana, "ana@example.com")
    assert await world.outbox() == []


async def test_a_confirmation_is_void(world: World, ana: UserId) -> None:
    """After an hour, after another address was asked for, and after a new password."""
    token = await asked(world, ana, "ana@example.com")
    world.clock.pass_by(timedelta(hours=1))
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=token))
    token = await asked(world, ana, "ana@example.com")
    other = await asked(world, ana, "ana@example.net")
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=token))
    await change_password(world, ana, PASSWORD, "battery staple")
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=other))
    assert (await world.user(ana)).email == "ana@example.org"


async def test_no_mail_is_late_enough_for_a_thief(world: World, ana: UserId) -> None:
    """A thief's own mail server says "later" until the owner has another password, or the account is let in again."""

    async def reset() -> None:
        token = await world.bus.handle(IssueResetToken(user_id=ana))
        await world.bus.handle(ResetPassword(reset_token=token, new_password="the owner's very own"))

    async def change() -> None:
        await change_password(world, ana, "the owner's very own", PASSWORD)

    async def disable_and_enable() -> None:
        for state in (UserState.DISABLED, UserState.ACTIVE):
            await world.bus.handle(SetUserState(user_id=ana, state=state))

    for recover in (reset, change, disable_and_enable):
        await world.bus.handle(RequestEmailChange(user_id=ana, new_email="thief@example.com"))
        await recover()
        await world.deliver()
        assert "thief@example.com" not in [mail.to for mail in world.postbox.mails]
        assert "thief@example.com" not in await dumped(world.database)


async def test_a_confirmation_undoes_nothing(world: World, ana: UserId) -> None:
    """Nor the other way round: each token has its purpose, and its account."""
    undoing = await changed(world, ana, "ana@example.com")
    confirming = await asked(world, ana, "ana@example.net")
    for command in (UndoEmailChange(undo_token=confirming), ConfirmEmailChange(confirmation_token=undoing)):
        with pytest.raises(EmailTokenInvalid):
            await world.bus.handle(command)
    for token in (confirming, undoing):
        with pytest.raises(ResetTokenInvalid):
            await world.bus.handle(ResetPassword(reset_token=token, new_password="battery staple"))
    for text in ("", "nonsense", undoing[:-1]):
        with pytest.raises(EmailTokenInvalid):
            await undo(world, text)


async def test_who_is_disabled_stays_so(world: World, ana: UserId) -> None:
    """The way back gives the address, not the account; nothing can be confirmed."""
    undoing = await changed(world, ana, "ana@example.com")
    confirming = await asked(world, ana, "ana@example.net")
    await world.bus.handle(SetUserState(user_id=ana, state=UserState.DISABLED))
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=confirming))
    await undo(world, undoing)
    user = await world.user(ana)
    assert (user.email, user.state) == ("ana@example.org", UserState.DISABLED)


async def test_nobody_learns_whose_address_it_is(world: World, ana: UserId) -> None:
    """An address that another account has is answered as any; its owner is mailed that they have an account."""
    await world.create("ben", Role.USER)
    await world.bus.handle(RequestEmailChange(user_id=ana, new_email="BEN@example.org"))
    await world.deliver()
    (mail,) = world.postbox.mails
    assert mail.to == "ben@example.org"
    assert "ben" in mail.body
    assert (await world.user(ana)).tokens.tokens == ()


async def test_an_address_that_was_taken_meanwhile(world: World, ana: UserId) -> None:
    """Its owner is told, for they read its mail; nothing is changed, and the token stays good."""
    token = await asked(world, ana, "ben@example.org")
    ben = await world.create("ben", Role.USER)
    with pytest.raises(EmailTaken):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=token))
    async with world.unit() as unit:
        await unit.users.remove(await unit.users.get(ben))
        await unit.commit()
    await world.bus.handle(ConfirmEmailChange(confirmation_token=token))


async def test_who_only_registered_an_address_does_not_keep_its_owner_from_it() -> None:
    """An account that waits for its activation makes way for who reads the address's mail, there and back."""
    async with a_world(UserState.PENDING) as world:
        ana = await world.create("ana", Role.USER)
        squatter = await world.register("ana2")
        await world.deliver()
        token = await changed(world, ana, "ana2@example.org")
        with pytest.raises(UserNotFound):
            await world.user(squatter)
        thief = await world.bus.handle(RegisterUser(username="thief", email="ana@example.org", password=PASSWORD))
        await undo(world, token)
        with pytest.raises(UserNotFound):
            await world.user(thief)
        assert (await world.user(ana)).email == "ana@example.org"


async def test_no_one_pushes_the_owners_address_out(world: World, ana: UserId) -> None:
    """There are as many changes in a week as can be undone; more have to wait, and are told how long."""
    first = await changed(world, ana, "ana1@example.com")
    world.clock.pass_by(timedelta(days=1))
    for number in range(2, MAX_FORMER + 1):
        await changed(world, ana, f"ana{number}@example.com")
    with pytest.raises(TooManyEmailChanges) as caught:
        await world.bus.handle(RequestEmailChange(user_id=ana, new_email="ana9@example.com"))
    assert caught.value.retry_after == timedelta(days=6)
    await undo(world, first)
    await asked(world, ana, "ana9@example.com")


async def test_mails_that_come_twice_or_too_late(world: World, ana: UserId) -> None:
    """Twice: every token is good. Too late: none is mailed."""
    await asked(world, ana, "ana@example.com")
    change = (await world.user(ana)).email_changes.pending
    assert change is not None
    handler = world.events[EmailChangeRequested]["send_email_change_mail"]
    await handler(EmailChangeRequested(ana, change.change_id), uuid4())
    await world.bus.handle(ConfirmEmailChange(confirmation_token=token_in(world, 0)))
    await handler(EmailChangeRequested(ana, change.change_id), uuid4())
    assert len(world.postbox.mails) == 2
    handler = world.events[EmailChanged]["send_email_changed_mail"]
    for _ in range(2):
        await handler(EmailChanged(ana, change.change_id), uuid4())
    assert len(world.postbox.mails) == 4
    world.clock.pass_by(WEEK)
    await handler(EmailChanged(ana, change.change_id), uuid4())
    for name in ("send_email_change_mail", "send_email_changed_mail"):
        event = (EmailChangeRequested if name == "send_email_change_mail" else EmailChanged)(UserId.new(), uuid4())
        await world.events[type(event)][name](event, uuid4())
    assert len(world.postbox.mails) == 4


async def test_nobody_is_flooded_with_confirmations(world: World, ana: UserId) -> None:
    """Who is logged in can't have a stranger's mailbox filled, either."""
    for _ in range(5):
        await world.bus.handle(RequestEmailChange(user_id=ana, new_email="ben@example.com", peer="192.0.2.1"))
    with pytest.raises(RateLimited):
        await world.bus.handle(RequestEmailChange(user_id=ana, new_email="BEN@example.com", peer="192.0.2.1"))
    await world.bus.handle(RequestEmailChange(user_id=ana, new_email="cai@example.com", peer="192.0.2.1"))
