"""Mailed tokens on every engine: of many uses at once one counts."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from emo_grpc.shared.domain.errors import EtagMismatch
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.users.domain.commands import ActivateUser, CreateUser, RegisterUser, UpdateMe
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid, EmailTokenInvalid, ResetTokenInvalid
from emo_grpc.users.domain.recovery_commands import (
    ConfirmEmailChange,
    RequestEmailChange,
    RequestPasswordReset,
    ResetPassword,
    UndoEmailChange,
)
from emo_grpc.users.domain.session_commands import LogIn
from emo_grpc.users.domain.user import UserState

from .office import Office
from .stores import Store

USES = 20
PASSWORD = "correct horse"
EMAIL, NEW_EMAIL = "ana@example.org", "ana@example.com"

Use = Callable[[str], Command[None]]


async def _activation(office: Office) -> tuple[str, Use]:
    await office.bus.handle(RegisterUser(username="ana", email=EMAIL, password=PASSWORD))
    return await office.mailed(), lambda token: ActivateUser(activation_token=token)


async def _reset(office: Office) -> tuple[str, Use]:
    await office.bus.handle(CreateUser(username="ana", email=EMAIL, password=PASSWORD))
    await office.bus.handle(RequestPasswordReset(email=EMAIL))
    return await office.mailed(), lambda token: ResetPassword(reset_token=token, new_password="battery staple")


async def _confirmation(office: Office) -> tuple[str, Use]:
    ana = await office.bus.handle(CreateUser(username="ana", email=EMAIL, password=PASSWORD))
    await office.bus.handle(RequestEmailChange(user_id=ana, new_email=NEW_EMAIL))
    return await office.mailed(), lambda token: ConfirmEmailChange(confirmation_token=token)


async def _undoing(office: Office) -> tuple[str, Use]:
    token, confirm = await _confirmation(office)
    await office.bus.handle(confirm(token))
    return await office.mailed(), lambda token: UndoEmailChange(undo_token=token)


@pytest.mark.parametrize("prepared", [_activation, _reset, _confirmation, _undoing])
async def test_of_twenty_uses_at_once_one_counts(
    store: Store, prepared: Callable[[Office], Awaitable[tuple[str, Use]]]
) -> None:
    """Whichever server they come to: all others are told that the token is used."""
    offices = Office(store), Office(store)
    token, use = await prepared(offices[0])
    ended = await asyncio.gather(
        *(offices[number % 2].bus.handle(use(token)) for number in range(USES)), return_exceptions=True
    )
    assert ended.count(None) == 1
    refused = [error for error in ended if error is not None]
    assert all(isinstance(e, (ActivationTokenInvalid, ResetTokenInvalid, EmailTokenInvalid)) for e in refused), refused


async def test_a_mail_is_no_edit(store: Store) -> None:
    """An edit that began before a token was mailed is not refused for it; one that began before an edit is."""
    office = Office(store)
    ana = await office.bus.handle(CreateUser(username="ana", email=EMAIL, password=PASSWORD))
    shown = await store.views.user(ana)
    await office.bus.handle(RequestPasswordReset(email=EMAIL))
    await office.mailed()
    await office.bus.handle(RequestEmailChange(user_id=ana, new_email=NEW_EMAIL))
    await office.mailed()
    async with store.units() as unit:
        assert len((await unit.users.get(ana)).tokens.tokens) == 2
    assert await store.views.user(ana) == shown
    await office.bus.handle(UpdateMe(user_id=ana, etag=shown.etag, public_name="Anna"))
    with pytest.raises(EtagMismatch):
        await office.bus.handle(UpdateMe(user_id=ana, etag=shown.etag, public_name="Hanna"))


async def test_there_and_back(store: Store) -> None:
    """An account goes to another address and back, ends its logins, and is entered with a new password."""
    office = Office(store)
    token, use = await _undoing(office)
    await office.bus.handle(LogIn(identifier=NEW_EMAIL, identified_by="email", password=PASSWORD))
    await office.bus.handle(use(token))
    reset = await office.mailed()
    assert office.mails[-1].to == EMAIL
    await office.bus.handle(ResetPassword(reset_token=reset, new_password="battery staple"))
    tokens = await office.bus.handle(LogIn(identifier=EMAIL, identified_by="email", password="battery staple"))
    page = await store.views_at(tokens.access_expire_time).sessions(tokens.user_id, limit=10)
    assert len(page.items) == 1


async def test_a_squatter_makes_way(store: Store) -> None:
    """One unit of work removes who only waits for the activation at an address, and gives it to who reads its mail."""
    office = Office(store)
    squatter = await office.bus.handle(RegisterUser(username="squatter", email=NEW_EMAIL, password=PASSWORD))
    await office.mailed()
    token, use = await _confirmation(office)
    await office.bus.handle(use(token))
    assert await store.credentials.credentials(squatter) is None
    found = await store.credentials.user_id_by_email(NEW_EMAIL)
    assert found is not None
    assert found != squatter


async def test_an_activated_account_makes_no_way(store: Store) -> None:
    """It is kept, and so is the account that wanted its address."""
    office = Office(store)
    token, use = await _confirmation(office)
    other = await office.bus.handle(CreateUser(username="ben", email=NEW_EMAIL, password=PASSWORD))
    with pytest.raises(Exception, match="this e-mail address is taken"):
        await office.bus.handle(use(token))
    assert (await store.views.user(other)).state is UserState.ACTIVE
    assert await store.credentials.user_id_by_email(EMAIL) not in (None, other, UserId.new())
