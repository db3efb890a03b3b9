"""All adapters of one database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from emo_grpc.assets.adapters.documents.upcasters import AssetUpcasters
from emo_grpc.assets.service_layer.handlers import SUBSCRIPTIONS as ASSETS_SUBSCRIPTIONS
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.service_layer.handlers import all_subscriptions
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.service_layer.handlers import SUBSCRIPTIONS as USERS_SUBSCRIPTIONS
from emo_grpc.users.service_layer.inventory import AccountInventory
from emo_grpc.users.service_layer.ports import CredentialsReader, LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import UsersUnits
from emo_grpc.users.service_layer.views import UsersReader

SUBSCRIPTIONS: Final[Subscriptions] = all_subscriptions([USERS_SUBSCRIPTIONS, ASSETS_SUBSCRIPTIONS])
"""The handlers of all contexts, for each of which the outbox gets a row."""


class AccountsReader(UsersReader, CredentialsReader, Protocol):
    """What one adapter of the users context reads, as two ports."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The adapters of one database.

    `answers` raises or gives False when the database does not answer. `tidy` removes the traces of deleted data, as
    far as the database can.
    """

    outbox: Outbox
    users_reader: AccountsReader
    login_throttle: LoginThrottle
    asset_views: AssetViews
    inventory: Inventory
    accounts: AccountInventory
    users_units: Callable[[UserUpcasters], UsersUnits]
    assets_units: Callable[[AssetUpcasters], AssetsUnits]
    used_kek_ids: Callable[[], Awaitable[frozenset[str]]]
    answers: Callable[[], Awaitable[bool]]
    tidy: Callable[[], Awaitable[object]]


Check = Callable[[Metadata], Awaitable[None]]
"""Checks whether a server may start on this metadata; raises CannotStart."""


async def unchecked(_: Metadata) -> None:
    """Accept any metadata."""
