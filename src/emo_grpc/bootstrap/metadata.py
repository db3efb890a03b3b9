"""What a database gives the contexts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from emo_grpc.assets.adapters.documents.codec import AssetUpcasters
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWorkFactory
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.service_layer.outbox import Outbox
from emo_grpc.users.adapters.documents.codec import UserUpcasters
from emo_grpc.users.service_layer.inventory import AccountInventory
from emo_grpc.users.service_layer.ports import CredentialsReader, LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import Units
from emo_grpc.users.service_layer.views import UsersReader


class AccountsReader(UsersReader, CredentialsReader, Protocol):
    """Two ports, of one adapter."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The adapters of one technology.

    `answers` raises or gives False when the database is away. `tidy` drops every trace of what was deleted, as far as
    the database lets us.
    """

    outbox: Outbox
    users_reader: AccountsReader
    login_throttle: LoginThrottle
    asset_views: AssetViews
    inventory: Inventory
    accounts: AccountInventory
    users_units: Callable[[UserUpcasters], Units]
    assets_units: Callable[[AssetUpcasters], AssetsUnitOfWorkFactory]
    used_kek_ids: Callable[[], Awaitable[frozenset[str]]]
    answers: Callable[[], Awaitable[bool]]
    tidy: Callable[[], Awaitable[object]]


Check = Callable[[Metadata], Awaitable[None]]
"""Looks whether a server may begin on them; raises CannotStart."""


async def unchecked(_: Metadata) -> None:
    """Content with any."""
