"""The unit of work of this context in memory, for tests of the service layer."""

from typing import Final

from emo_grpc.assets.adapters.memory.assets import MemoryAssetRepository
from emo_grpc.assets.adapters.memory.uploads import MemoryUploadRepository
from emo_grpc.assets.adapters.memory.views import MemoryAssetViews
from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track

__all__: Final = ["MemoryAssetViews", "MemoryAssetsUnitOfWork"]


class MemoryAssetsUnitOfWork(MemoryUnitOfWork):
    """Assets and their uploads in one transaction."""

    def _open_repositories(self, database: MemoryDatabase, track: Track) -> None:
        self.assets = MemoryAssetRepository(database, track)
        self.uploads = MemoryUploadRepository(database, track)
