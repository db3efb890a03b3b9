"""What can be asked of assets in the trash."""

from dataclasses import dataclass

from emo_grpc.assets.domain.commands import OwnerCommand
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.domain.messages import Command


@dataclass(frozen=True, slots=True)
class RestoreAsset(OwnerCommand[None]):
    """Take an asset out of the trash. A non-empty `etag` must be the current one."""

    asset_id: AssetId
    etag: str = ""


@dataclass(frozen=True, slots=True)
class PurgeAsset(OwnerCommand[None]):
    """Destroy an asset in the trash, and its key; with `force` also one that is not there.

    A non-empty `etag` must be the current one.
    """

    asset_id: AssetId
    force: bool = False
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many assets were destroyed, and whether there are more in the trash."""

    count: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class EmptyTrash(OwnerCommand[Purged]):
    """Destroy some of what is in the owner's trash; gives the first result when `request_id` was used before."""

    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True)
class PurgeDueAssets(Command[int]):
    """Destroy some assets whose time in the trash is over; gives how many."""
