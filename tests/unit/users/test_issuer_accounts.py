"""Which account somebody gets whom a trusted issuer vouches for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from emo_grpc.shared.domain.errors import EmoError, InvalidArgument, SessionRevoked, TokenExpired, TokenInvalid
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.commands import RemoveUser, SetUserState
from emo_grpc.users.domain.errors import (
    IdentityEmailNotVerified,
    IdentityNotLinked,
    InvalidCredentials,
    LastAdmin,
    PasswordLoginOff,
    UserDisabled,
    UserNotActivated,
    UserNotFound,
)
from emo_grpc.users.domain.exchange_commands import ActForUser
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import ExchangeIssuerToken, LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.user import Role, UserState
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims

from .world import PASSWORD, World, a_world

ISSUER = "https://login.example.org"
ANA = IssuerClaims(ExternalIdentity(ISSUER, "7f3a"), email="ana@example.org", username="Ana.María", public_name="Ana")
MAKES = replace(ANA, may_create_account=True)
LINKS = replace(ANA, may_link_by_email=True)
BOTH = replace(MAKES, may_link_by_email=True)
ADMINS = frozenset({Role.USER, Role.ADMIN})


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


class Given(NamedTuple):
    """What a token was exchanged for."""

    user_id: UserId
    access_token: str
    expire_time: datetime
    scopes: frozenset[str]


async def exchange(world: World, claims: IssuerClaims, *scopes: str) -> Given:
    world.issuers.told["token"] = claims
    found = await world.bus.handle(ExchangeIssuerToken(subject_token="token", scopes=frozenset(scopes)))
    assert found.user_id is not None
    assert found.actor is None
    return Given(found.user_id, found.access_token, found.expire_time, found.scopes)


async def refused(world: World, claims: IssuerClaims, error: type[EmoError]) -> None:
    """Nothing is made or linked."""
    before = list((await world.views.users(limit=100)).items)
    with pytest.raises(error):
        await exchange(world, claims)
    assert list((await world.views.users(limit=100)).items) == before
    assert await world.reader.user_id_by_identity(claims.identity) is None


async def test_an_account_is_made_once(world: World) -> None:
    """The first token makes it, ACTIVE and with what the issuer knows; every other one finds it."""
    first = await exchange(world, MAKES)
    user = await world.user(first.user_id)
    assert (user.username, user.public_name, user.email) == ("ana.maria", "Ana", "ana@example.org")
    assert (user.state, user.roles) == (UserState.ACTIVE, frozenset({Role.USER}))
    assert (await exchange(world, replace(ANA, email="elsewhere@example.org"))).user_id == first.user_id
    assert await world.outbox() == []


async def test_the_access_token_is_one_of_the_account(world: World) -> None:
    """For 15 minutes, with the scopes that were asked for; it is not FRESH, and its session ends with it."""
    given = await exchange(world, MAKES, "assets")
    principal = await world.authenticator.authenticate(given.access_token)
    assert (principal.user_id, principal.is_fresh) == (given.user_id, False)
    assert principal.scopes == given.scopes == {"assets"}
    assert given.expire_time - world.clock() == timedelta(minutes=15)
    shown = (await world.views.sessions(given.user_id, limit=10)).items
    assert [(session.device_id, session.expire_time) for session in shown] == [(ISSUER, given.expire_time)]
    world.clock.pass_by(timedelta(minutes=15))
    with pytest.raises(TokenExpired):
        await world.authenticator.authenticate(given.access_token)
    assert (await world.views.sessions(given.user_id, limit=10)).items == []


@pytest.mark.parametrize(
    ("ago", "is_fresh"),
    [(None, False), (0.0, True), (299.0, True), (300.0, False), (-59.0, True), (-60.0, False), (-1e6, False)],
)
async def test_a_login_that_was_just_now_is_fresh(world: World, ago: float | None, is_fresh: bool) -> None:
    """If the issuer says when the person logged in there, and that was within five minutes."""
    login_time = None if ago is None else world.clock() - timedelta(seconds=ago)
    given = await exchange(world, replace(MAKES, login_time=login_time))
    assert (await world.authenticator.authenticate(given.access_token)).is_fresh is is_fresh


async def test_nobody_knows_the_password(world: World) -> None:
    """An account that was made for an issuer's word has none that opens it, not even an empty one."""
    user = await world.user((await exchange(world, MAKES)).user_id)
    assert user.password_hash.startswith("$argon2id$")
    with pytest.raises(InvalidCredentials):
        await world.log_in(user.username, "x")


async def test_by_itself_nothing_is_made_or_linked(world: World) -> None:
    """Without the operator's leave an identity belongs to nobody, whether or not there is such an address."""
    await refused(world, ANA, IdentityNotLinked)
    await world.register("ana")
    await refused(world, ANA, IdentityNotLinked)
    await refused(world, MAKES, IdentityNotLinked)


async def test_only_a_verified_address_counts(world: World) -> None:
    """Whoever types an address at the issuer has nothing of whose it is; that they may verify it is told."""
    await world.register("ana")
    await refused(world, replace(BOTH, email=""), IdentityEmailNotVerified)
    await refused(world, replace(MAKES, email=""), IdentityEmailNotVerified)
    await refused(world, replace(ANA, email=""), IdentityNotLinked)


async def test_linking_by_address_tells_the_owner(world: World) -> None:
    """The account stays as it is, password included; a mail says at which issuer one can log in to it now."""
    user_id = await world.register("ana", locale="es")
    assert (await exchange(world, LINKS)).user_id == user_id
    assert (await exchange(world, ANA)).user_id == user_id
    await world.log_in("ana")
    await world.deliver()
    (mail,) = world.postbox.mails
    assert mail.to == "ana@example.org"
    assert ISSUER in mail.body
    assert "Una nueva forma de entrar" in mail.subject


@pytest.mark.parametrize("address", ["stra\u00dfe@example.org", "\u017ftrasse@example.org", "STRA\u1e9eE@Example.ORG"])
async def test_only_the_very_address_links(world: World, address: str) -> None:
    """Letters that fold to others are other letters to a mail server: their mailbox may be somebody else's."""
    user_id = await world.register("strasse")
    await refused(world, replace(BOTH, email=address), IdentityNotLinked)
    assert (await exchange(world, replace(BOTH, email="Strasse@Example.ORG"))).user_id == user_id


async def test_a_link_by_address_stays_when_the_address_changes(world: World) -> None:
    """The identity is linked, not the address: whoever has that at the issuer later has nothing here."""
    user_id = await exchange(world, MAKES)
    other = replace(ANA, identity=ExternalIdentity(ISSUER, "other"), email="ana@example.org")
    await refused(world, other, IdentityNotLinked)
    assert (await exchange(world, replace(ANA, email=""))).user_id == user_id.user_id


async def test_an_administrator_is_not_had_for_an_address(world: World) -> None:
    """Only where the operator lets the issuer say who is one and it says so, or links the identity."""
    await world.create("root", Role.USER, Role.ADMIN)
    root = await world.create("ana", Role.USER, Role.ADMIN)
    await refused(world, LINKS, IdentityNotLinked)
    await refused(world, replace(LINKS, roles=frozenset({Role.USER})), IdentityNotLinked)
    assert (await exchange(world, replace(LINKS, roles=ADMINS))).user_id == root


async def test_whoever_takes_an_address_before_its_owner_comes_gets_nothing() -> None:
    """An account that waits for its activation makes way for one of the mailbox's owner; its password opens nothing."""
    async with a_world(UserState.PENDING) as waiting:
        squatter = await waiting.register("squatter")
        claims = replace(MAKES, email="squatter@example.org", username="owner")
        await refused(waiting, replace(claims, may_create_account=False, may_link_by_email=True), UserNotActivated)
        made = await exchange(waiting, claims)
        assert made.user_id != squatter
        with pytest.raises(UserNotFound):
            await waiting.user(squatter)
        with pytest.raises(InvalidCredentials):
            await waiting.log_in("squatter")


async def test_a_disabled_account_stays_closed(world: World) -> None:
    """For those who are linked to it, and for those who would be."""
    given = await exchange(world, MAKES)
    await world.bus.handle(SetUserState(user_id=given.user_id, state=UserState.DISABLED))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(given.access_token)
    with pytest.raises(UserDisabled):
        await exchange(world, MAKES)
    await refused(world, replace(LINKS, identity=ExternalIdentity(ISSUER, "other")), UserDisabled)


async def test_names_that_are_taken(world: World) -> None:
    """Somebody else's username is left to them; the new one is like it."""
    await world.create("ana.maria", Role.USER)
    made = await world.user((await exchange(world, replace(MAKES, email="new@example.org"))).user_id)
    assert made.username.startswith("ana.maria-")


@pytest.mark.parametrize(
    ("wish", "email", "like"),
    [
        ("", "b.c+tag@example.org", "b.c-tag"),
        ("  ", "x@example.org", "user-"),
        ("../../etc/passwd", "bob@example.org", "etc-passwd"),
        ("Ünï cødé", "bob@example.org", "uni-cd"),
        ("李雷", "bob@example.org", "bob"),
        ("a" * 500, "bob@example.org", "a" * 24),
        ("ana@corp.example", "bob@example.org", "ana"),
        ("\ud800\0", "bob@example.org", "bob"),
    ],
)
async def test_odd_names(world: World, wish: str, email: str, like: str) -> None:
    """Whatever an issuer calls somebody, the username is a valid one that they recognize."""
    claims = replace(MAKES, username=wish, email=email, public_name=f"{wish}\n" * 50, locale="xx_" * 50)
    user = await world.user((await exchange(world, claims)).user_id)
    assert user.username.startswith(like)
    assert (user.public_name, user.locale) == (user.username, "en")


async def test_locales_and_names_are_taken_over(world: World) -> None:
    """As far as they are valid here."""
    claims = replace(MAKES, locale="ca_ES", public_name=" Ana Maria ")
    user = await world.user((await exchange(world, claims)).user_id)
    assert (user.public_name, user.locale) == ("Ana Maria", "ca-ES")


async def test_roles_follow_the_issuer(world: World) -> None:
    """If it has a say in them, at every exchange; a change ends what was begun with other roles."""
    await world.create("root", Role.ADMIN, Role.USER)
    earlier = await exchange(world, replace(MAKES, roles=frozenset({Role.USER})))
    later = await exchange(world, replace(ANA, roles=ADMINS))
    assert (await world.authenticator.authenticate(later.access_token)).is_admin
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(earlier.access_token)
    assert (await world.user((await exchange(world, ANA)).user_id)).roles == ADMINS
    assert (await world.user((await exchange(world, replace(ANA, roles=frozenset({Role.USER})))).user_id)).roles == {
        Role.USER
    }


async def test_the_last_administrator_stays_one(world: World) -> None:
    """An issuer can't leave the service without any."""
    made = await exchange(world, replace(MAKES, roles=ADMINS))
    with pytest.raises(LastAdmin):
        await exchange(world, replace(ANA, roles=frozenset({Role.USER})))
    assert (await world.user(made.user_id)).roles == ADMINS


async def test_the_operator_links_and_unlinks(world: World) -> None:
    """Any account, also an administrator's; a mail says so, and unlinking ends what was begun with it."""
    root = await world.create("root", Role.ADMIN, Role.USER)
    ben = await world.create("ben", Role.USER)
    for username, user_id in (("root", root), ("ben", ben)):
        await world.bus.handle(LinkIdentity(username=username, identity=ANA.identity))
        given = await exchange(world, ANA)
        assert given.user_id == user_id
    await world.deliver()
    assert {mail.to for mail in world.postbox.mails} == {"root@example.org", "ben@example.org"}
    await world.bus.handle(UnlinkIdentity(identity=ANA.identity))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(given.access_token)
    await refused(world, ANA, IdentityNotLinked)
    with pytest.raises(IdentityNotLinked):
        await world.bus.handle(UnlinkIdentity(identity=ANA.identity))
    with pytest.raises(UserNotFound):
        await world.bus.handle(LinkIdentity(username="nobody", identity=ANA.identity))


async def test_an_issuer_that_is_not_trusted_is_not_linked(world: World) -> None:
    """The operator is told, rather than that somebody waits in vain; what is linked may be unlinked in any case."""
    await world.create("ben", Role.USER)
    await world.bus.handle(LinkIdentity(username="ben", identity=ANA.identity))
    world.issuers.strangers.add(ISSUER)
    with pytest.raises(InvalidArgument) as caught:
        await world.bus.handle(LinkIdentity(username="ben", identity=ANA.identity))
    assert [violation.field for violation in caught.value.violations] == ["issuer"]
    await world.bus.handle(UnlinkIdentity(identity=ANA.identity))


async def test_a_link_that_moves_leaves_nothing_behind(world: World) -> None:
    """The account that had the identity before loses what was begun with it; one that has it already loses nothing."""
    await world.create("ana", Role.USER)
    ben = await world.create("ben", Role.USER)
    await world.bus.handle(LinkIdentity(username="ana", identity=ANA.identity))
    given = await exchange(world, ANA)
    await world.bus.handle(LinkIdentity(username="ben", identity=ANA.identity))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(given.access_token)
    given = await exchange(world, ANA)
    await world.bus.handle(LinkIdentity(username="ben", identity=ANA.identity))
    assert (await world.authenticator.authenticate(given.access_token)).user_id == ben


async def test_a_service_acts_for_whom_an_issuer_calls_so(world: World) -> None:
    """Once that identity is linked: whoever made the account of it, the operator or the issuer."""
    world.services.add("printer", ServicePermission.ACT_FOR_USERS)
    acting = ActForUser(user=ANA.identity, actor_token="printer", actor_token_type="service_key")
    with pytest.raises(UserNotFound):
        await world.bus.handle(acting)
    given = await exchange(world, MAKES)
    assert (await world.bus.handle(acting)).user_id == given.user_id


async def test_a_mail_for_an_account_that_is_gone(world: World) -> None:
    """Is not sent."""
    user_id = await world.register("ana")
    await world.bus.handle(LinkIdentity(username="ana", identity=ANA.identity))
    await world.bus.handle(RemoveUser(user_id=user_id))
    await world.deliver()
    assert ISSUER not in "".join(mail.body for mail in world.postbox.mails)
    assert await world.reader.user_id_by_identity(ANA.identity) is None


async def test_a_token_that_is_not_trusted_makes_nothing(world: World) -> None:
    """What the issuers refuse is refused."""
    with pytest.raises(TokenInvalid):
        await world.bus.handle(ExchangeIssuerToken(subject_token="forged"))
    assert (await world.views.users(limit=10)).items == []


async def test_without_password_logins() -> None:
    """PASSWORD_LOGIN=off: nobody begins a session with one, right or wrong; who has an identity comes in."""
    async with a_world(takes_passwords=False) as world:
        user_id: UserId = await world.create("ana", Role.USER)
        for password in (PASSWORD, "wrong"):
            with pytest.raises(PasswordLoginOff):
                await world.log_in("ana", password)
        assert (await exchange(world, LINKS)).user_id == user_id
