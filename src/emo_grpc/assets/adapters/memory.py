"""The unit of work of this context in memory, for tests of the service layer."""

from collections.abc import Callable
from typing import Final

from emo_grpc.assets.adapters.memory_assets import MemoryAssetRepository
from emo_grpc.assets.adapters.memory_uploads import MemoryUploadRepository
from emo_grpc.assets.adapters.memory_views import MemoryAssetViews
from emo_grpc.shared.adapters.memory import MemoryDatabase, MemoryUnitOfWork
from emo_grpc.shared.domain.aggregate import Aggregate

__all__: Final = ["MemoryAssetViews", "MemoryAssetsUnitOfWork"]


class MemoryAssetsUnitOfWork(MemoryUnitOfWork):
    """Assets and their uploads in one transaction."""

    @property
    def assets(self) -> MemoryAssetRepository:
        """The assets."""
        return self._assets

    @property
    def uploads(self) -> MemoryUploadRepository:
        """The uploads."""
        return self._uploads

    def _open_repositories(self, database: MemoryDatabase, saw: Callable[[Aggregate], None]) -> None:
        self._assets = MemoryAssetRepository(database, saw)
        self._uploads = MemoryUploadRepository(database, saw)
