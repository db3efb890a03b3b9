"""The users context on a database in memory, with a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from argon2 import Parameters
from argon2.low_level import Type

from databases import opened
from emo_grpc.service_accounts.domain.errors import ServiceKeyInvalid
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.domain.errors import SessionRevoked, TokenInvalid, Unavailable
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.domain.principal import Principal, ServicePermission, ServicePrincipal
from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS
from emo_grpc.users.adapters.mail.templates import TemplateMailTexts
from emo_grpc.users.adapters.passwords.zxcvbn_password_strength import ZxcvbnPasswordStrength
from emo_grpc.users.adapters.sqlite.login_throttle import SqliteLoginThrottle
from emo_grpc.users.adapters.sqlite.schema import SCHEMA
from emo_grpc.users.adapters.sqlite.unit_of_work import SqliteUsersUnitOfWork
from emo_grpc.users.adapters.sqlite.views import SqliteUserViews
from emo_grpc.users.domain.commands import CreateUser, RegisterUser
from emo_grpc.users.domain.session_commands import LogIn, Tokens
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.authentication import SessionAuthenticator
from emo_grpc.users.service_layer.handlers import SUBSCRIPTIONS as OWN_SUBSCRIPTIONS
from emo_grpc.users.service_layer.handlers import users_handlers
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims
from emo_grpc.users.service_layer.mails.ports import Mail
from emo_grpc.users.service_layer.users_ports import UsersPorts
from hand_clock import HandClock
from refusals import KeptRefusals

PASSWORD = "correct horse"
CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
SUBSCRIPTIONS = {**OWN_SUBSCRIPTIONS, UserRemoved: ("remove_assets_of_user",)}
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA)


@dataclass
class Postbox:
    """Keeps mails; refuses them while it is `closed`, or with `error`."""

    mails: list[Mail] = field(default_factory=list)
    closed: bool = False
    error: Exception | None = None

    async def send(self, mail: Mail) -> None:
        if self.closed:
            raise Unavailable("the postbox is closed")
        if self.error is not None:
            raise self.error
        self.mails.append(mail)


class Services:
    """Service accounts that are put in by hand, each with one key, which is its name."""

    def __init__(self) -> None:
        self.by_name: dict[str, ServicePrincipal] = {}

    def add(self, name: str, *permissions: ServicePermission) -> ServicePrincipal:
        actor = self.by_name[name].actor if name in self.by_name else ActorId.new()
        key_id = self.by_name[name].key_id if name in self.by_name else uuid4()
        self.by_name[name] = ServicePrincipal(actor, key_id, name, frozenset(permissions))
        return self.by_name[name]

    async def by_key(self, text: str, peer: str) -> ServicePrincipal:
        del peer
        if text not in self.by_name:
            raise ServiceKeyInvalid
        return self.by_name[text]

    async def standing(self, actor: ActorId, key_id: UUID, peer: str | None) -> ServicePrincipal:
        del peer
        for service in self.by_name.values():
            if (service.actor, service.key_id) == (actor, key_id):
                return service
        raise SessionRevoked("its key is gone")


class UsersAlone:
    """An authenticator whose callers are all users, wherever they are."""

    def __init__(self, authenticator: SessionAuthenticator) -> None:
        self._authenticator = authenticator
        self.confirm = authenticator.confirm

    async def authenticate(self, access_token: str) -> Principal:
        caller = await self._authenticator.authenticate(access_token, "192.0.2.1")
        assert isinstance(caller, Principal)
        return caller


@dataclass
class KnownTokens:
    """Trusts what it was told of."""

    told: dict[str, IssuerClaims] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)

    def trusts(self, issuer: str) -> bool:
        return issuer not in self.strangers

    async def claims(self, token: str, now: datetime) -> IssuerClaims:
        del now
        if token not in self.told:
            raise TokenInvalid("nobody's")
        return self.told[token]


class World:
    """Everything built as bootstrap does it."""

    def __init__(
        self,
        database: SqliteDatabase,
        first_state: UserState,
        public_url: str,
        *,
        counts_requests: bool,
        takes_passwords: bool,
    ) -> None:
        self.clock = HandClock()
        self.database = database
        self.codec = EventCodec(SUBSCRIPTIONS)
        self.stored_events = SqliteOutbox(database, self.codec)
        self.dead_letters = DeadLetters(self.stored_events, SUBSCRIPTIONS, self.clock)
        self.postbox = Postbox()
        self.refusals = KeptRefusals()
        self.views = self.reader = SqliteUserViews(database, self.clock)
        self.hasher = Argon2PasswordHasher(CHEAP)
        self.throttle = SqliteLoginThrottle(database)
        self.tokens = JwtAccessTokens(SigningKey.of_secret(b"k" * 32))
        self.services = Services()
        self.issuers = KnownTokens()
        ports = UsersPorts(
            units=self.unit,
            reader=self.reader,
            hasher=self.hasher,
            strength=ZxcvbnPasswordStrength(),
            signer=self.tokens,
            verifier=self.tokens,
            services=self.services,
            issuers=self.issuers,
            throttle=self.throttle,
            device_tokens=HmacDeviceTokens(b"d" * 32),
            texts=TemplateMailTexts(public_url),
            mailer=self.postbox,
            refusals=self.refusals,
            dead_letters=self.dead_letters,
            clock=self.clock,
            first_state=first_state,
            counts_requests=counts_requests,
            takes_passwords=takes_passwords,
        )
        handlers = users_handlers(ports)
        self.bus = MessageBus(handlers.commands)
        self.events = handlers.events
        self.of_anybody = SessionAuthenticator(self.tokens, self.reader, self.services, self.clock)
        self.authenticator = UsersAlone(self.of_anybody)

    def unit(self) -> SqliteUsersUnitOfWork:
        return SqliteUsersUnitOfWork(self.database, self.codec, SUBSCRIPTIONS, self.clock, UPCASTERS)

    async def register(self, username: str = "ana", *, locale: str = "") -> UserId:
        email = f"{username}@example.org"
        return await self.bus.handle(RegisterUser(username=username, email=email, password=PASSWORD, locale=locale))

    async def create(self, username: str, *roles: Role) -> UserId:
        email = f"{username}@example.org"
        return await self.bus.handle(
            CreateUser(username=username, email=email, password=PASSWORD, roles=frozenset(roles))
        )

    async def log_in(self, username: str = "ana", password: str = PASSWORD, *, peer: str = "192.0.2.1") -> Tokens:
        return await self.bus.handle(LogIn(identifier=username, password=password, peer=peer))

    async def user(self, user_id: UserId) -> User:
        async with self.unit() as unit:
            return await unit.users.get(user_id)

    async def outbox(self) -> list[Event]:
        return [row.event for row in await self.stored_events.rows(None, 1_000)]

    async def deliver(self) -> int:
        """Let the relay run once; a failed mail stays in the outbox."""
        relay = Relay(self.stored_events, self.events, self.clock, lambda *_: None)
        return await relay.run_once()


@asynccontextmanager
async def a_world(
    first_state: UserState = UserState.ACTIVE,
    public_url: str = "",
    *,
    counts_requests: bool = True,
    takes_passwords: bool = True,
) -> AsyncIterator[World]:
    """One on a new database."""
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield World(database, first_state, public_url, counts_requests=counts_requests, takes_passwords=takes_passwords)
