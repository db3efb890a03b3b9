"""The use cases of this context on one store, and the mails that they send."""

from typing import Any

from argon2 import Parameters
from argon2.low_level import Type

from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey
from emo_grpc.users.adapters.issuers.jwt_issuers import JwtIssuers
from emo_grpc.users.adapters.mail.templates import TemplateMailTexts
from emo_grpc.users.adapters.passwords.zxcvbn_password_strength import ZxcvbnPasswordStrength
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.handlers import users_handlers
from emo_grpc.users.service_layer.mails.ports import Mail
from emo_grpc.users.service_layer.users_ports import UsersPorts
from refusals import KeptRefusals

from .stores import NOW, Store

KEY = SigningKey.of_secret(b"k" * 32)
CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)


class Office:
    """As one server has them; accounts that people make wait for their activation."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.mails: list[Mail] = []
        tokens = JwtAccessTokens(KEY)
        services: Any = None  # none comes in
        ports = UsersPorts(
            units=store.units,
            reader=store.credentials,
            hasher=Argon2PasswordHasher(CHEAP),
            strength=ZxcvbnPasswordStrength(),
            signer=tokens,
            verifier=tokens,
            services=services,
            issuers=JwtIssuers({}),
            throttle=store.throttle,
            device_tokens=HmacDeviceTokens(b"d" * 32),
            texts=TemplateMailTexts(""),
            mailer=self,
            refusals=KeptRefusals(),
            dead_letters=DeadLetters(store.outbox, (), lambda: NOW),
            clock=lambda: NOW,
            first_state=UserState.PENDING,
        )
        handlers = users_handlers(ports)
        self.bus = MessageBus(handlers.commands)
        self.events = handlers.events

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    async def mailed(self) -> str:
        """Deliver what is due, and give the token in the last mail: its longest word."""
        errors: list[Exception] = []
        relay = Relay(self.store.outbox, self.events, lambda: NOW, lambda _, error, __: errors.append(error))
        while await relay.run_once():
            pass
        assert errors == []
        return max(self.mails[-1].body.split(), key=len)
