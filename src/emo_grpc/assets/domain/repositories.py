"""Where assets and uploads are kept, as a unit of work sees it."""

from datetime import datetime
from typing import Protocol

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.shared.domain.ids import UserId


class AssetRepository(Protocol):
    """Assets by id.

    `save` and `remove` raise `ConcurrentChange`, at the latest at commit, if the stored version is not the one that was
    read; `add` does if one is there. They hand the aggregate's events to the unit of work; `add` and `save` raise its
    version by one.
    """

    async def get(self, asset_id: AssetId) -> Asset:
        """The asset; raises `AssetNotFound`, or `AssetRecordCorrupt` if its record is damaged."""
        ...

    async def find(self, asset_id: AssetId) -> Asset | DamagedAsset | None:
        """The asset, also when its record is damaged, or None."""
        ...

    async def add(self, asset: Asset) -> None:
        """Store one that is not there, as the version that follows its own: 1 of a new one."""
        ...

    async def save(self, asset: Asset) -> None:
        """Store its changes, as the next version."""
        ...

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key. A damaged one may take as long as to look at all assets."""
        ...

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns, alone or with others."""
        ...

    async def usage(self, owner_id: UserId) -> Usage:
        """What counts against a user's limits.

        Takes about the same time however many assets there are. Of two units that ask for it at the same moment and
        then add to it, one meets `ConcurrentChange`. Raises `OwnerRemoved` after `remove_owner`.
        """
        ...

    async def remove_owner(self, owner_id: UserId) -> None:
        """Let nothing be added for a user from now on; again is OK.

        A unit that has asked for the user's `usage` and adds an asset is either over before this unit, which
        then finds the asset, or `ConcurrentChange` stops one of them.
        """
        ...

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets whose data key is wrapped with another key-encryption key."""
        ...

    async def outdated(self, limit: int) -> list[Asset | DamagedAsset]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error when one is of a later release.
        """
        ...


class UploadRepository(Protocol):
    """Uploads by the id of their asset; versions and events as `AssetRepository`."""

    async def get(self, asset_id: AssetId) -> Upload:
        """The upload, with no new receipts; raises `UploadNotFound`, or `AssetRecordCorrupt` if it is damaged."""
        ...

    async def find(self, asset_id: AssetId) -> Upload | DamagedUpload | None:
        """The same, also when its record is damaged, or None."""
        ...

    async def add(self, upload: Upload) -> None:
        """As `AssetRepository.add`; its new receipts (that list is cleared) are all that it has."""
        ...

    async def save(self, upload: Upload) -> None:
        """Store its changes, adding its new receipts (and clearing that list)."""
        ...

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key and receipts."""
        ...

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""
        ...

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads whose time is over."""
        ...

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads whose data key is wrapped with another key-encryption key."""
        ...

    async def outdated(self, limit: int) -> list[Upload | DamagedUpload]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error when one is of a later release.
        """
        ...
