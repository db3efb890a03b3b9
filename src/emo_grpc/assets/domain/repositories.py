"""Where assets and uploads are kept, as a unit of work sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.repositories import Repository


class AssetRepository(Repository[AssetId, Asset, DamagedAsset], Protocol):
    """Assets by id. `get` raises `AssetNotFound`, or `AssetRecordCorrupt`."""

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key; its version and events as with `save`.

        To remove a damaged one may mean to read all assets.
        """
        ...

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns, alone or with others, those in the trash as well."""
        ...

    async def in_trash(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets in a user's trash, those first that have been there longest."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets whose time in the trash is over."""
        ...

    async def usage(self, owner_id: UserId) -> Usage:
        """What counts against a user's limits, what is in the trash included.

        Takes about the same time however many assets there are. When two units ask for it at the same moment and both
        add to it, one of them raises `ConcurrentChange`. Raises `OwnerRemoved` after `remove_owner`.
        """
        ...

    async def save_all(self, assets: Sequence[Asset]) -> None:
        """The same as `save` of each one, and faster."""
        ...

    async def with_facet(
        self, owner_id: UserId, facet: str, value: str, after: Place | None, limit: int
    ) -> tuple[list[Asset], Place | None]:
        """Up to `limit` of an owner's assets that lists find by this, in the order of their places.

        The facet is the kind of a label, or `within`: in a folder, not the top, and below it. Those that can't be read
        are left out. Gives the place of the last one, too; None when no others follow.
        """
        ...

    async def label_count(self, owner_id: UserId, kind: LabelKind, label: str) -> int:
        """How many of an owner's assets have a label, as it is counted."""
        ...

    async def folder_extent(self, owner_id: UserId, folder: str, most: int) -> FolderExtent:
        """What is in an owner's folder, not the top, and below it; looks at up to `most` folders below it."""
        ...

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """The move of this owner that is under way, if there is one."""
        ...

    async def set_folder_move(self, owner_id: UserId, move: FolderMove | None) -> None:
        """Store which move is under way; None: no longer any. When two units set one, one raises `ConcurrentChange`."""
        ...

    async def remove_owner(self, owner_id: UserId) -> None:
        """Allow nothing more to be added for a user; may be repeated.

        When another unit has asked for the user's `usage` and adds an asset, either it is committed before this one,
        which then finds the asset, or one of the two raises `ConcurrentChange`.
        """
        ...

    async def forget_owner(self, owner_id: UserId) -> None:
        """Erase what still tells who a removed owner was, once none of their assets is left; may be repeated.

        Comes in a unit after the one of `remove_owner`, and undoes nothing of it.
        """
        ...

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets whose data key is wrapped with another key-encryption key."""
        ...


class UploadRepository(Repository[AssetId, Upload, DamagedUpload], Protocol):
    """Uploads by the id of their asset. `get` raises `UploadNotFound`, or `AssetRecordCorrupt`.

    They are read with no new receipts. `add` and `save` store the new ones beside those that are there, and clear that
    list.
    """

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key and receipts; its version and events as with `save`."""
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
