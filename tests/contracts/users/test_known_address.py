"""Registrations with an address that has an account, on every engine."""

import asyncio

import pytest
from argon2 import Parameters
from argon2.low_level import Type

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey
from emo_grpc.users.adapters.issuers.jwt_issuers import JwtIssuers
from emo_grpc.users.adapters.mail.log import LogMailer
from emo_grpc.users.adapters.mail.templates import TemplateMailTexts
from emo_grpc.users.adapters.passwords.zxcvbn_password_strength import ZxcvbnPasswordStrength
from emo_grpc.users.domain.commands import RegisterUser
from emo_grpc.users.domain.email_address import is_nobodys
from emo_grpc.users.domain.errors import UsernameTaken
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.handlers import users_handlers
from emo_grpc.users.service_layer.users_ports import UsersPorts
from refusals import KeptRefusals
from unit.users.world import Services

from .stores import NOW, Store, user

CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def bus(store: Store) -> MessageBus:
    tokens = JwtAccessTokens(SigningKey.of_secret(b"k" * 32))
    ports = UsersPorts(
        units=store.units,
        reader=store.credentials,
        hasher=Argon2PasswordHasher(CHEAP),
        strength=ZxcvbnPasswordStrength(),
        signer=tokens,
        verifier=tokens,
        services=Services(),
        issuers=JwtIssuers({}),
        throttle=store.throttle,
        device_tokens=HmacDeviceTokens(b"d" * 32),
        counts_requests=False,  # a command that is repeated after a conflict counts again
        texts=TemplateMailTexts(""),
        mailer=LogMailer(),
        refusals=KeptRefusals(),
        dead_letters=DeadLetters(store.outbox, (), lambda: NOW),
        clock=lambda: NOW,
        first_state=UserState.PENDING,
    )
    return MessageBus(users_handlers(ports).commands)


async def registered(bus: MessageBus, username: str, email: str = "ana@example.org") -> UserId:
    return await bus.handle(RegisterUser(username=username, email=email, password="battery staple"))


async def found(store: Store, user_id: UserId) -> User:
    async with store.units() as unit:
        return await unit.users.get(user_id)


async def test_an_account_stands_in(store: Store, bus: MessageBus) -> None:
    """It looks as any that waits, has nobody's address, and takes its name; the one that was there stays as it was."""
    ana = user()
    await store.add(ana)
    stand_in = await found(store, await registered(bus, "eve"))
    assert (stand_in.username, stand_in.state) == ("eve", UserState.PENDING)
    assert is_nobodys(stand_in.email)
    credentials = await store.credentials.credentials_by_email("ana@example.org")
    assert credentials is not None
    assert (credentials.user_id, credentials.password_hash) == (ana.user_id, ana.password_hash)
    with pytest.raises(UsernameTaken):
        await registered(bus, "eve", "another@example.org")


async def test_of_many_at_once_one_is_real(store: Store, bus: MessageBus) -> None:
    """All are answered, and the address leads to just one of them."""
    ids = await asyncio.gather(*(registered(bus, f"eve{number}") for number in range(4)))
    users = [await found(store, user_id) for user_id in ids]
    (real,) = (each for each in users if not is_nobodys(each.email))
    credentials = await store.credentials.credentials_by_email("ana@example.org")
    assert credentials is not None
    assert credentials.user_id == real.user_id
    assert len(set(ids)) == len(ids)
