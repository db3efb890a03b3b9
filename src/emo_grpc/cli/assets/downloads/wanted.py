"""Finds the assets that `emo download` is to write."""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from emo.assets.v1.assets_pb2 import Asset, AssetFilter
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.side_by_side import side_by_side
from emo_grpc.cli.page_sizes import MAX_PAGE
from emo_grpc.client import EmoClient
from emo_grpc.client.transfers.partial_file import whole_identity


@dataclass(frozen=True, slots=True)
class WantedAsset:
    """What has to be known of an asset to write its file: `created` in nanoseconds since 1970, `size` in bytes."""

    asset_id: str
    folder: str
    name: str
    size: int
    crc32c: int
    created: int

    @classmethod
    def of(cls, asset: Asset) -> "WantedAsset":
        """Of one whose file is complete."""
        file, created = asset.file, asset.create_time.ToNanoseconds()
        return cls(asset.asset_id, asset.folder, file.name, file.size_bytes, file.crc32c, created)

    @property
    def identity(self) -> str:
        """Names the bytes of its file, see `open_part`."""
        return whole_identity(self.asset_id, self.size, self.crc32c)


@dataclass(slots=True)
class WantedAssets:
    """Those that can be written; how many can't, since their files are not complete; ids of what can't be read."""

    assets: list[WantedAsset] = field(default_factory=list)
    incomplete: int = 0
    unreadable: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was meant."""
        return not (self.assets or self.incomplete or self.unreadable)

    def add(self, assets: Iterable[Asset]) -> None:
        """Take what a list has."""
        for asset in assets:
            if asset.file.HasField("crc32c"):
                self.assets.append(WantedAsset.of(asset))
            else:
                self.incomplete += 1


@dataclass(frozen=True, slots=True)
class Choice:
    """Which assets are meant: those of these ids, or, without any, all that the filter leaves."""

    asset_ids: Sequence[str] = ()
    narrow: AssetFilter | None = None

    async def find(self, client: EmoClient, batch: FileBatch) -> WantedAssets:
        """Look them up; `batch` is told of ids that can't be written. Raises EmoClientError."""
        return await (self._by_id(client, batch) if self.asset_ids else self._listed(client))

    async def _by_id(self, client: EmoClient, batch: FileBatch) -> WantedAssets:
        found: dict[str, WantedAsset] = {}

        async def find(asset_id: str) -> None:
            with batch.attempt(asset_id):
                found[asset_id] = WantedAsset.of(await client.assets.ready(asset_id))

        each_once = list(dict.fromkeys(self.asset_ids))
        await side_by_side(each_once, find)
        return WantedAssets([found[asset_id] for asset_id in each_once if asset_id in found])

    async def _listed(self, client: EmoClient) -> WantedAssets:
        found = WantedAssets()
        async with aclosing(client.assets.list_pages(narrow=self.narrow, page_size=MAX_PAGE)) as pages:
            async for page in pages:
                found.add(page.assets)
                found.unreadable += page.unreadable_asset_ids
        return found
