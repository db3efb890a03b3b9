from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from argon2 import Parameters
from argon2.low_level import Type
from pydantic import SecretStr

from emo.users.v1 import users_pb2_grpc
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.users import UsersContext, build_users
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.call_audit import CallAudit
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher

from .people import People

CHEAP = Parameters(Type.ID, 19, 16, 16, time_cost=1, memory_cost=8, parallelism=1)
SETTINGS = Settings(_env_file=None, jwt_secret_key=SecretStr("ab" * 32), emo_listen="127.0.0.1:0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return SETTINGS.model_copy(update={"data_folder": tmp_path})


@pytest.fixture
async def engines(settings: Settings) -> AsyncIterator[Engines]:
    async with open_engines(settings) as opened:
        yield opened


@pytest.fixture
def users(engines: Engines) -> UsersContext:
    return build_users(engines, Argon2PasswordHasher(CHEAP))


@pytest.fixture
async def people(users: UsersContext, engines: Engines, settings: Settings) -> AsyncIterator[People]:
    """A server of UsersService on SQLite, and a stub."""

    async def engines_ok() -> bool:
        return True

    server = Server(
        [users.service],
        settings=settings,
        authenticator=users.authenticator,
        audit=CallAudit(engines.audit_writer, engines.clock),
        engines_ok=engines_ok,
        drain=Drain(),
    )
    address = await server.start()
    async with grpc.aio.insecure_channel(address) as channel:
        yield People(users_pb2_grpc.UsersServiceStub(channel), users.bus)
    await server.stop(timedelta(0))
