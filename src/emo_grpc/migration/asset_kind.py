"""Assets as a kind of resource."""

from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.service_layer.inventory import all_assets
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.shared.domain.aggregate import Aggregate


class AssetKind(ResourceKind[Asset | DamagedAsset]):
    """Assets, whatever is done with their files."""

    name: ClassVar[str] = "assets"
    noun: ClassVar[str] = "asset"
    damaged: ClassVar[type[Aggregate]] = DamagedAsset

    def walk(self, store: MetadataStore) -> AsyncIterator[Asset | DamagedAsset]:
        """All assets, those whose document is damaged too."""
        return all_assets(store.metadata.inventory)

    def identity(self, resource: Asset | DamagedAsset) -> UUID:
        """The asset's id."""
        return resource.asset_id.value
