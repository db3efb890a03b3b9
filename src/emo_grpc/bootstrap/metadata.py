"""All adapters of one database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.adapters.documents.upcasters import AssetUpcasters
from emo_grpc.assets.service_layer.handlers import SUBSCRIPTIONS as ASSETS_SUBSCRIPTIONS
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.search import AssetSearch
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.audit.service_layer.archive import AuditArchive
from emo_grpc.audit.service_layer.handlers import SUBSCRIPTIONS as AUDIT_SUBSCRIPTIONS
from emo_grpc.audit.service_layer.unit_of_work import AuditUnits
from emo_grpc.audit.service_layer.views import AuditViews
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.service_accounts.service_layer.handlers import SUBSCRIPTIONS as SERVICE_ACCOUNTS_SUBSCRIPTIONS
from emo_grpc.service_accounts.service_layer.key_check import ServiceAccountsReader
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnits
from emo_grpc.service_accounts.service_layer.views import ServiceAccountViews
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.service_layer.handlers import all_subscriptions
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackups
from emo_grpc.shared.service_layer.walk import PageById
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.service_layer.handlers import SUBSCRIPTIONS as USERS_SUBSCRIPTIONS
from emo_grpc.users.service_layer.inventory import AccountInventory
from emo_grpc.users.service_layer.ports import CredentialsReader, LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import UsersUnits
from emo_grpc.users.service_layer.views import UserViews

SUBSCRIPTIONS: Final[Subscriptions] = all_subscriptions(
    [USERS_SUBSCRIPTIONS, SERVICE_ACCOUNTS_SUBSCRIPTIONS, ASSETS_SUBSCRIPTIONS, AUDIT_SUBSCRIPTIONS]
)
"""The handlers of all contexts, for each of which the outbox gets a row."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The adapters of one database.

    `answers` raises or gives False when the database does not answer. `tidy` removes the traces of deleted data, as
    far as the database can.
    """

    outbox: Outbox
    user_views: UserViews
    credentials: CredentialsReader
    login_throttle: LoginThrottle
    asset_views: AssetViews
    asset_search: AssetSearch
    inventory: Inventory
    accounts: AccountInventory
    service_accounts: PageById[ActorId, ServiceAccount | DamagedServiceAccount]
    service_account_views: ServiceAccountViews
    service_accounts_reader: ServiceAccountsReader
    audit_views: AuditViews
    audit_archive: AuditArchive
    verified_backups: VerifiedBackups
    users_units: Callable[[UserUpcasters], UsersUnits]
    service_accounts_units: Callable[[Upcasters], ServiceAccountsUnits]
    assets_units: Callable[[AssetUpcasters], AssetsUnits]
    audit_units: AuditUnits
    used_kek_ids: Callable[[], Awaitable[frozenset[str]]]
    answers: Callable[[], Awaitable[bool]]
    tidy: Callable[[], Awaitable[object]]


Check = Callable[[Metadata], Awaitable[None]]
"""Checks whether a server may start on this metadata; raises CannotStart."""


async def unchecked(_: Metadata) -> None:
    """Accept any metadata."""
