"""Brings the files of all assets of a database into a store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.service_layer.inventory import Inventory, all_assets
from emo_grpc.backup.file_transfer import AT_ONCE, FileTransfer
from emo_grpc.backup.report import TransferReport
from emo_grpc.migration.report import DAMAGED, NotMigrated
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.service_layer.concurrency import for_each_concurrently

MAX_UNREADABLE: Final = 20
"""So many files in a row that can't be read are not the files' fault: the store is away."""


@dataclass(slots=True)
class AllFiles:
    """`on_there` is called for each file that the target has in the end.

    `is_gone` is asked of an asset whose file the source does not give: whether it was deleted meanwhile. Every other
    one is damaged, and noted in the report as left out.
    """

    transfer: FileTransfer
    report: TransferReport
    on_there: Callable[[StoredContent], None]
    is_gone: Callable[[Asset, StoredContent], Awaitable[bool]]
    _unreadable: int = field(default=0, init=False)

    async def bring(self, inventory: Inventory) -> None:
        """Go through all assets, some at a time. Raises Unavailable, StorageFull."""
        await for_each_concurrently(all_assets(inventory), self._bring, AT_ONCE)

    async def _bring(self, asset: Asset | DamagedAsset) -> None:
        if isinstance(asset, DamagedAsset):
            self._leave_out(asset, DAMAGED)
        elif asset.content is not None:
            try:
                was_copied = await self.transfer.bring(asset.content)
            except StoredFileCorrupt as error:
                await self._not_there(asset, asset.content, error)
            else:
                self._there(asset.content, was_copied=was_copied)

    def _there(self, content: StoredContent, *, was_copied: bool) -> None:
        self._unreadable = 0
        self.report.copied += was_copied
        self.report.copied_bytes += content.manifest.size if was_copied else 0
        self.report.present += not was_copied
        self.on_there(content)

    async def _not_there(self, asset: Asset, content: StoredContent, error: StoredFileCorrupt) -> None:
        if await self.is_gone(asset, content):
            self.report.deleted += 1
            return
        self._unreadable += isinstance(error.__cause__, Unavailable)
        if self._unreadable == MAX_UNREADABLE:
            raise Unavailable("the file store does not answer") from error
        self._leave_out(asset, f"its file can't be copied: {error.message}")

    def _leave_out(self, asset: Asset | DamagedAsset, sentence: str) -> None:
        self.report.left_out.append(NotMigrated("asset", asset.asset_id.value, sentence))
