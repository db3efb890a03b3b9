"""The users context on memory, with a clock that is moved by hand."""

from dataclasses import dataclass, field

from argon2 import Parameters
from argon2.low_level import Type

from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase, MemoryOutbox
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.memory.reader import MemoryLoginThrottle, MemoryUsersReader
from emo_grpc.users.adapters.memory.unit_of_work import MemoryUsersUnitOfWork
from emo_grpc.users.domain.commands import CreateUser, RegisterUser
from emo_grpc.users.domain.session_commands import LogIn, Tokens
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.authentication import SessionAuthenticator
from emo_grpc.users.service_layer.handlers import SUBSCRIPTIONS as OWN_SUBSCRIPTIONS
from emo_grpc.users.service_layer.handlers import UsersPorts, users_handlers
from emo_grpc.users.service_layer.ports import Mail
from emo_grpc.users.service_layer.views import UsersViews
from hand_clock import HandClock

PASSWORD = "correct horse"
CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
SUBSCRIPTIONS = {**OWN_SUBSCRIPTIONS, UserRemoved: ("remove_assets_of_user",)}


@dataclass
class Postbox:
    """Keeps mails; refuses them while it is `closed`."""

    mails: list[Mail] = field(default_factory=list)
    closed: bool = False

    async def send(self, mail: Mail) -> None:
        if self.closed:
            raise Unavailable("the postbox is closed")
        self.mails.append(mail)


class World:
    """Everything built as bootstrap does it, but on memory."""

    def __init__(self, first_state: UserState = UserState.ACTIVE, public_url: str = "") -> None:
        self.clock = HandClock()
        self.database = MemoryDatabase()
        self.postbox = Postbox()
        self.reader = MemoryUsersReader(self.database)
        self.hasher = Argon2PasswordHasher(CHEAP)
        self.throttle = MemoryLoginThrottle(self.database)
        self.tokens = JwtAccessTokens(b"k" * 32)
        ports = UsersPorts(
            units=self.unit,
            reader=self.reader,
            hasher=self.hasher,
            signer=self.tokens,
            throttle=self.throttle,
            mailer=self.postbox,
            clock=self.clock,
            first_state=first_state,
            public_url=public_url,
        )
        handlers = users_handlers(ports)
        self.bus = MessageBus(handlers.commands)
        self.events = handlers.events
        self.views = UsersViews(self.reader, self.clock)
        self.authenticator = SessionAuthenticator(self.tokens, self.reader, self.clock)

    def unit(self) -> MemoryUsersUnitOfWork:
        return MemoryUsersUnitOfWork(self.database, SUBSCRIPTIONS, self.clock)

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

    def outbox(self) -> list[Event]:
        return [row.event for row in self.database.table("outbox").values()]

    async def deliver(self) -> int:
        """Let the relay run once; a failed mail stays in the outbox."""
        relay = Relay(MemoryOutbox(self.database), self.events, self.clock, lambda *_: None)
        return await relay.run_once()
