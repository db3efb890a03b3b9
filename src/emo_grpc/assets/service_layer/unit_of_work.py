"""The unit of work of this context."""

from collections.abc import Callable
from typing import Protocol

from emo_grpc.assets.domain.repositories import AssetRepository, UploadRepository
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork


class AssetsUnitOfWork(UnitOfWork, Protocol):
    """One transaction over assets and their uploads. Both are there because a file's completion changes both."""

    @property
    def assets(self) -> AssetRepository:
        """The assets."""
        ...

    @property
    def uploads(self) -> UploadRepository:
        """The uploads."""
        ...


AssetsUnits = Callable[[], AssetsUnitOfWork]
