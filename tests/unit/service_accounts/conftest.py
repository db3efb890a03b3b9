"""The service_accounts context on a database in memory, with a clock that is moved by hand."""

from collections.abc import AsyncIterator

import pytest

from databases import opened
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS
from emo_grpc.service_accounts.adapters.sqlite.schema import SCHEMA
from emo_grpc.service_accounts.adapters.sqlite.unit_of_work import SqliteServiceAccountsUnitOfWork
from emo_grpc.service_accounts.adapters.sqlite.views import SqliteServiceAccountViews
from emo_grpc.service_accounts.service_layer.handlers import ServiceAccountsPorts, service_accounts_handlers
from emo_grpc.service_accounts.service_layer.key_check import KeyCheck
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.service_layer.message_bus import MessageBus
from hand_clock import HandClock
from refusals import KeptRefusals


class Office:
    """Everything built as bootstrap does it."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.clock = HandClock()
        self.database = database
        self.views = self.reader = SqliteServiceAccountViews(database)
        self.bus = MessageBus(
            service_accounts_handlers(ServiceAccountsPorts(units=self.unit, clock=self.clock)).commands
        )
        self.refusals = KeptRefusals()
        self.check = KeyCheck(self.reader, self.bus.handle, self.refusals, self.clock)

    def unit(self) -> SqliteServiceAccountsUnitOfWork:
        return SqliteServiceAccountsUnitOfWork(self.database, EventCodec([]), {}, self.clock, UPCASTERS)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with opened(InMemorySqliteDatabase((OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA))) as database:
        yield Office(database)
