"""An address that the operator gives an account."""

import pytest

from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import RegisterUser, SetUserState
from emo_grpc.users.domain.errors import EmailTaken, InvalidCredentials, RefreshTokenInvalid, UserNotFound
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import LinkIdentity
from emo_grpc.users.domain.recovery.errors import EmailTokenInvalid, ResetTokenInvalid
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    RequestEmailChange,
    ResetPassword,
    SetEmail,
    UndoEmailChange,
)
from emo_grpc.users.domain.session_commands import RefreshTokens
from emo_grpc.users.domain.user import Role, UserState

from .test_activation import token_in
from .test_email_changes import asked, changed
from .test_password_resets import asked as asked_for_reset
from .world import PASSWORD, World, a_world

NEW = "seven green umbrellas"
IDENTITY = ExternalIdentity("https://login.example.org", "7f3a")


async def set_email(world: World, user_id: UserId, email: str = "ana@example.net") -> list[ExternalIdentity]:
    return [each.identity for each in await world.bus.handle(SetEmail(user_id=user_id, new_email=email))]


async def test_the_owner_of_a_stolen_account_has_it_again(world: World) -> None:
    """At the new address, with a password that only they know; the thief's password, logins and mails open nothing."""
    ana = await world.register()
    undo = await changed(world, ana, "eve@example.com")
    reset = await asked_for_reset(world, "eve@example.com")
    confirmation = await asked(world, ana, "eve@example.edu")
    thief = await world.log_in()
    await set_email(world, ana)
    assert (await world.user(ana)).email == "ana@example.net"
    with pytest.raises(RefreshTokenInvalid):
        await world.bus.handle(RefreshTokens(refresh_token=thief.refresh_token))
    with pytest.raises(InvalidCredentials):
        await world.log_in()
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(UndoEmailChange(undo_token=undo))
    with pytest.raises(EmailTokenInvalid):
        await world.bus.handle(ConfirmEmailChange(confirmation_token=confirmation))
    with pytest.raises(ResetTokenInvalid):
        await world.bus.handle(ResetPassword(reset_token=reset, new_password=NEW))
    sent = len(world.postbox.mails)
    await world.deliver()
    (mail,) = world.postbox.mails[sent:]
    words = " ".join(mail.body.split())
    assert (mail.to, "your account, ana," in words, "1 hour" in words) == ("ana@example.net", True, True)
    await world.bus.handle(ResetPassword(reset_token=token_in(world), new_password=NEW))
    assert (await world.log_in(password=NEW)).user_id == ana


async def test_a_mail_that_waits_brings_no_way_back(world: World) -> None:
    """What undoes a change of before is mailed to nobody, also if the mail server was away until now."""
    ana = await world.register()
    token = await asked(world, ana, "eve@example.com")
    await world.bus.handle(ConfirmEmailChange(confirmation_token=token))
    await world.bus.handle(RequestEmailChange(user_id=ana, new_email="eve@example.edu"))
    await set_email(world, ana)
    sent = len(world.postbox.mails)
    await world.deliver()
    assert [mail.to for mail in world.postbox.mails[sent:]] == ["ana@example.net"]


async def test_who_is_vouched_for_is_told(world: World) -> None:
    """The operator hears which identities may still use the account, and decides."""
    ana = await world.register()
    assert await set_email(world, ana) == []
    await world.bus.handle(LinkIdentity(username="ana", identity=IDENTITY))
    assert await set_email(world, ana) == [IDENTITY]


async def test_a_disabled_account_is_not_mailed() -> None:
    """It may have another address, so that whoever robbed it stays out until its owner can come in."""
    async with a_world() as world:
        ana = await world.register()
        await world.bus.handle(SetUserState(user_id=ana, state=UserState.DISABLED))
        await set_email(world, ana)
        await world.deliver()
        assert (await world.user(ana)).state is UserState.DISABLED
        assert world.postbox.mails == []


async def test_an_account_that_waits_is_activated_by_the_mail() -> None:
    """A mistyped address is put right: the token for a password proves that the new one is read."""
    async with a_world(UserState.PENDING) as world:
        ana = await world.register()
        await world.deliver()
        await set_email(world, ana)
        await world.deliver()
        await world.bus.handle(ResetPassword(reset_token=token_in(world), new_password=NEW))
        assert (await world.user(ana)).state is UserState.ACTIVE


async def test_addresses_of_others_stay_theirs() -> None:
    """But for those of accounts that were never activated, which make way."""
    async with a_world(UserState.PENDING) as world:
        ana, bob = await world.create("ana", Role.USER), await world.create("bob", Role.USER)
        with pytest.raises(EmailTaken):
            await set_email(world, ana, "bob@example.org")
        assert (await world.user(bob)).email == "bob@example.org"
        await world.bus.handle(RegisterUser(username="eve", email="ana@example.net", password=PASSWORD))
        await set_email(world, ana)
        assert (await world.user(ana)).email == "ana@example.net"


async def test_what_is_no_address_or_no_account(world: World) -> None:
    """Each is told as what it is."""
    with pytest.raises(InvalidArgument):
        SetEmail(user_id=UserId.new(), new_email="nonsense")
    with pytest.raises(UserNotFound):
        await set_email(world, UserId.new())


async def test_addresses_of_before_are_forgotten(world: World) -> None:
    """The account keeps none of them and none of their tokens, and says when it was changed."""
    ana = await world.register()
    await changed(world, ana, "eve@example.com")
    await set_email(world, ana)
    user = await world.user(ana)
    assert (user.email_changes.former, user.tokens.tokens, user.update_time) == ((), (), world.clock())
