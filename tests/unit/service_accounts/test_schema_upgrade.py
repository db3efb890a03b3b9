"""Documents of an earlier release, as `emo admin migrate` has them brought up to date."""

import pytest

from emo_grpc.service_accounts.adapters.sqlite.unit_of_work import SqliteServiceAccountsUnitOfWork
from emo_grpc.service_accounts.domain.commands import CreateServiceAccount, UpgradeDocuments
from emo_grpc.service_accounts.domain.errors import ServiceAccountRecordCorrupt
from emo_grpc.service_accounts.service_layer.maintenance_handlers import MaintenanceHandlers
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.statements import changed_rows

from .conftest import Office

OF_VERSION_0 = "UPDATE service_accounts SET schema_version = 0, document = json_set(document, '$.schema_version', 0)"
DAMAGED = "UPDATE service_accounts SET document = substr(document, 2) WHERE name = ?"


def release_after(office: Office) -> MaintenanceHandlers:
    """The handlers of a release that knows version 0, which was like today's."""

    def unit() -> SqliteServiceAccountsUnitOfWork:
        return SqliteServiceAccountsUnitOfWork(office.database, EventCodec([]), {}, office.clock, {0: dict})

    return MaintenanceHandlers(unit)


async def change(office: Office, sql: str, *values: str) -> None:
    async with office.database.transaction() as transaction:
        assert await transaction.run(changed_rows(sql, *values))
        await transaction.commit()


async def test_old_documents_become_current(office: Office) -> None:
    """All are stored as this release does, once, and read as before."""
    made = [await office.bus.handle(CreateServiceAccount(name=name)) for name in ("printer", "archive")]
    before = [await office.views.service_account(each) for each in made]
    await change(office, OF_VERSION_0)
    assert await office.views.outdated() == 2
    handlers = release_after(office)
    assert [await handlers.upgrade_documents(UpgradeDocuments()) for _ in "ab"] == [2, 0]
    assert await office.views.outdated() == 0
    assert [await office.views.service_account(each) for each in made] == before


async def test_a_damaged_document_is_passed_over(office: Office) -> None:
    """The others become current, and then the damaged one is named."""
    damaged, other = [await office.bus.handle(CreateServiceAccount(name=name)) for name in ("damaged", "other")]
    await change(office, OF_VERSION_0)
    await change(office, DAMAGED, "damaged")
    handlers = release_after(office)
    assert await handlers.upgrade_documents(UpgradeDocuments()) == 1
    assert (await office.views.service_account(other)).name == "other"
    with pytest.raises(ServiceAccountRecordCorrupt) as caught:
        await handlers.upgrade_documents(UpgradeDocuments())
    assert str(damaged) in str(caught.value.metadata)
