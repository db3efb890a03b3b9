"""Accounts through the bus, on memory."""

from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from databases import rows_in
from emo_grpc.shared.domain.errors import EtagMismatch, InvalidArgument, RequestIdReused
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.users.domain.commands import CreateUser, DeleteMe, RegisterUser, UpdateMe
from emo_grpc.users.domain.errors import (
    EmailTaken,
    InvalidCredentials,
    LastAdmin,
    LoginThrottled,
    PasswordTooWeak,
    UsernameTaken,
    UserNotFound,
)
from emo_grpc.users.domain.events import UserRegistered
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.views import UserView

from .world import PASSWORD, World, a_world

REGISTRATION = RegisterUser(username="ana", email="Ana@Example.org", password=PASSWORD)


async def test_registers(world: World) -> None:
    """A new account has its username as name, English, the role USER, and says that it was made."""
    user_id = await world.bus.handle(REGISTRATION)
    user = await world.views.user(user_id)
    assert (user.public_name, user.locale, user.state) == ("ana", "en", UserState.ACTIVE)
    assert user.roles == {Role.USER}
    assert await world.outbox() == [UserRegistered(user_id)]


async def test_keeps_no_password(world: World) -> None:
    """What is stored of a password is an Argon2id hash, and nothing that is printed shows even that."""
    user = await world.user(await world.bus.handle(REGISTRATION))
    assert user.password_hash.startswith("$argon2id$")
    assert user.password_hash not in repr(user)
    assert PASSWORD not in repr(REGISTRATION)


@pytest.mark.parametrize(
    "name",
    [
        "\u0430na",  # Cyrillic
        "\u03b1na",  # Greek
        "\u0251na",  # phonetic
        "\uff41\uff4e\uff41",  # full width
        "\U0001d41ana",  # mathematical
        "an\u0227",
        "ana\u0301",
        "ana\u200d",
        "\u202eana",
        "\u212aarl",  # the sign of kelvin, whose lower case is k
        "Ana",
        "ana\n",
        "ana ",
    ],
)
def test_no_username_looks_like_another(name: str) -> None:
    """Letters of other scripts, accents, capitals and what can't be seen make no username, by whichever command."""
    user_id = UserId.new()
    for make in (
        lambda: replace(REGISTRATION, username=name),
        lambda: CreateUser(username=name, email="ana@example.org", password=PASSWORD),
        lambda: UpdateMe(user_id=user_id, username=name),
    ):
        with pytest.raises(InvalidArgument):
            make()


@pytest.mark.parametrize(("length", "is_good"), [(7, False), (8, True), (128, True), (129, False)])
def test_passwords_have_8_to_128_characters(length: int, is_good: bool) -> None:
    """A shorter or a longer one is refused before anything is done."""
    with nullcontext() if is_good else pytest.raises(InvalidArgument):
        replace(REGISTRATION, password="ä" * length)


@pytest.mark.parametrize(
    "command",
    [
        replace(REGISTRATION, password="ana@example.org"),
        replace(REGISTRATION, password="Puigdomenech", public_name="Ana Puigdomènech"),
        CreateUser(username="root", email="root@example.org", password="password1"),
    ],
)
async def test_weak_passwords_are_refused(world: World, command: RegisterUser | CreateUser) -> None:
    """A password that is guessed soon, the owner's names among them, makes no account, not for operators either."""
    with pytest.raises(PasswordTooWeak) as caught:
        await world.bus.handle(command)
    assert [found.field for found in caught.value.violations] == ["password"]
    assert str(command.password) not in repr(caught.value.args) + repr(caught.value.sentences)
    assert await world.reader.credentials_by_username(command.username) is None
    assert await world.outbox() == []


async def test_repeats_safely(world: World) -> None:
    """The same request_id gives the first account again and makes no second one."""
    command = replace(REGISTRATION, request_id=RequestId.new())
    assert await world.bus.handle(command) == await world.bus.handle(command)
    assert len(await world.outbox()) == 1


# Any: `replace` takes fields of several types.
OTHER_FIELDS: dict[str, Any] = {
    "username": "ben",
    "email": "ben@example.org",
    "password": PASSWORD + "!",
    "public_name": "Ana B.",
    "locale": "ca",
}


@pytest.mark.parametrize("field", sorted({found.name for found in fields(RegisterUser)} - {"request_id", "peer"}))
async def test_refuses_a_request_id_for_another_request(world: World, field: str) -> None:
    """A request_id is good for one request only: every field counts, also the password."""
    command = replace(REGISTRATION, request_id=RequestId.new())
    user_id = await world.bus.handle(command)
    with pytest.raises(RequestIdReused):
        await world.bus.handle(replace(command, **{field: OTHER_FIELDS[field]}))
    assert await world.bus.handle(command) == user_id


async def test_guesses_no_password_by_request_id() -> None:
    """Who knows a request_id can't try passwords with it without limit, nor hinder logins."""
    async with a_world(counts_requests=False) as world:
        command = replace(REGISTRATION, request_id=RequestId.new())
        await world.bus.handle(command)
        for _ in range(ACCOUNT_LIMIT):
            with pytest.raises(RequestIdReused):
                await world.bus.handle(replace(command, password="wrong password"))
        with pytest.raises(LoginThrottled):
            await world.bus.handle(command)
        await world.log_in()


async def test_repeats_what_is_gone(world: World) -> None:
    """The first result is given also when its account was removed since."""
    command = replace(REGISTRATION, request_id=RequestId.new())
    user_id = await world.bus.handle(command)
    await world.bus.handle(DeleteMe(user_id=user_id, password=PASSWORD))
    assert await world.bus.handle(command) == user_id


async def test_refuses_what_is_taken(world: World) -> None:
    """Usernames are unique, also for somebody whose address has an account; who makes others is told of addresses."""
    await world.bus.handle(REGISTRATION)
    for email in ("other@example.org", REGISTRATION.email):
        with pytest.raises(UsernameTaken):
            await world.bus.handle(replace(REGISTRATION, email=email))
    with pytest.raises(EmailTaken):
        await world.bus.handle(CreateUser(username="ben", email="ANA@example.ORG", password=PASSWORD))
    assert len(await world.outbox()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "an"),
        ("username", "Ana"),
        ("username", "a" * 33),
        ("username", "ana\n"),
        ("email", "ana"),
        ("email", "ana@"),
        ("email", "a na@example.org"),
        ("email", "ana@example.org\nBcc: ben@example.org"),
        ("email", "a@" + "e" * 253),
        ("password", "short"),
        ("password", "p" * 129),
        ("password", " " * 10),
        ("public_name", "n" * 101),
        ("public_name", "  "),
        ("public_name", "Ana\x00"),
        ("locale", "english!"),
        ("locale", "en-" + "-".join(["abcdefgh"] * 4)),
    ],
)
def test_names_the_wrong_field(field: str, value: str) -> None:
    """Each field that is wrong is named, and the value of a password never shows."""
    fields = {"username": "ana", "email": "ana@example.org", "password": PASSWORD, "public_name": "", "locale": ""}
    with pytest.raises(InvalidArgument) as caught:
        RegisterUser(**(fields | {field: value}), request_id=None)
    assert {violation.field for violation in caught.value.violations} == {field}
    assert field != "password" or value not in str(caught.value)


def test_names_all_wrong_fields() -> None:
    """All that is wrong is named at once."""
    with pytest.raises(InvalidArgument) as caught:
        CreateUser(username="", email="", password="", roles=frozenset())
    assert {found.field for found in caught.value.violations} == {"username", "email", "password", "roles"}


async def test_operator_creates_admin(world: World) -> None:
    """An account made by the operator is ACTIVE with its roles, and nobody is mailed."""
    user_id = await world.create("root", Role.USER, Role.ADMIN)
    user = await world.views.user(user_id)
    assert user.state is UserState.ACTIVE
    assert user.roles == {Role.USER, Role.ADMIN}
    assert await world.outbox() == []


async def test_changes_what_is_given(world: World) -> None:
    """Only what is given changes; an emptied name falls back to the username, an emptied language to English."""
    user_id = await world.register(locale="ca")
    await world.bus.handle(UpdateMe(user_id=user_id, public_name="Anna"))
    assert (await world.views.user(user_id)).public_name == "Anna"
    await world.bus.handle(UpdateMe(user_id=user_id, username="anna", public_name="", locale=""))
    user = await world.views.user(user_id)
    assert (user.username, user.public_name, user.locale) == ("anna", "anna", "en")


async def test_checks_the_etag(world: World) -> None:
    """An etag that is not the current one stops the change; each change makes a new one."""
    user_id = await world.register()
    etag = (await world.views.user(user_id)).etag
    await world.bus.handle(UpdateMe(user_id=user_id, etag=etag, locale="es"))
    with pytest.raises(EtagMismatch):
        await world.bus.handle(UpdateMe(user_id=user_id, etag=etag, locale="ca"))
    assert (await world.views.user(user_id)).locale == "es"


def test_an_etag_is_of_all_that_is_shown() -> None:
    """Whatever of an account is shown and can change makes another etag."""
    ana = User.create(username="ana", email="ana@example.org", password_hash="x", state=UserState.ACTIVE, now=utc_now())
    changes: dict[str, Any] = {
        "username": "anna",
        "email": "anna@example.org",
        "public_name": "Anna",
        "locale": "es",
        "state": UserState.DISABLED,
        "roles": frozenset({Role.ADMIN}),
        "update_time": ana.update_time + timedelta(microseconds=1),
    }
    assert changes.keys() == {each.name for each in fields(UserView)} - {"user_id", "create_time", "etag"}
    etags = {replace(ana, **{name: value}).etag for name, value in changes.items()} | {ana.etag}
    assert len(etags) == len(changes) + 1
    assert replace(ana, version=7, password_hash="y").etag == ana.etag


async def test_refuses_a_taken_username_in_updates(world: World) -> None:
    """Nobody can take another's username by a change."""
    await world.register("ben")
    user_id = await world.register("ana")
    with pytest.raises(UsernameTaken):
        await world.bus.handle(UpdateMe(user_id=user_id, username="ben"))


def test_names_wrong_fields_of_updates() -> None:
    """Fields of an update are named by their path in the request."""
    with pytest.raises(InvalidArgument) as caught:
        UpdateMe(user_id=UserId.new(), username="", locale="?")
    assert [found.field for found in caught.value.violations] == ["user.username", "user.locale"]


async def test_deletes_account_with_sessions(world: World) -> None:
    """With the right password the account and its sessions go, and the others are told."""
    user_id = await world.register()
    await world.log_in()
    with pytest.raises(InvalidCredentials):
        await world.bus.handle(DeleteMe(user_id=user_id, password="wrong"))
    await world.bus.handle(DeleteMe(user_id=user_id, password=PASSWORD))
    with pytest.raises(UserNotFound):
        await world.views.user(user_id)
    assert await rows_in(world.database, "sessions") == []
    assert UserRemoved(user_id) in await world.outbox()


async def test_last_admin_cannot_delete_itself(world: World) -> None:
    """The last active administrator stays."""
    user_id = await world.create("root", Role.ADMIN)
    with pytest.raises(LastAdmin):
        await world.bus.handle(DeleteMe(user_id=user_id, password=PASSWORD))


async def test_deleting_nobody_is_a_wrong_password(world: World) -> None:
    """An account that is gone is answered as a wrong password is."""
    with pytest.raises(InvalidCredentials):
        await world.bus.handle(DeleteMe(user_id=UserId.new(), password=PASSWORD))
    with pytest.raises(InvalidArgument):
        DeleteMe(user_id=UserId.new(), password="")
