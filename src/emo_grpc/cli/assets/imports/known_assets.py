"""What is in the vault before an import, so that nothing is brought in twice."""

from collections import defaultdict
from contextlib import aclosing
from typing import TypeAlias

from emo.assets.v1.assets_pb2 import ASSET_STATE_READY, Asset
from emo_grpc.cli.assets.imports.export_plan import OUTPUT_ONLY
from emo_grpc.cli.page_sizes import MAX_PAGE
from emo_grpc.client import EmoClient

Place: TypeAlias = tuple[str, str, int]
"""Folder, name and size."""


class KnownAssets:
    """Each of them stands for one file of an import: of two that are alike, both come in."""

    def __init__(self) -> None:
        self._complete: dict[Place, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._pending: dict[Place, list[Asset]] = defaultdict(list)

    @classmethod
    async def of(cls, client: EmoClient) -> "KnownAssets":
        """All of the caller's. Raises EmoClientError."""
        known = cls()
        async with aclosing(client.assets.list_all_pages(page_size=MAX_PAGE)) as assets:
            async for asset in assets:
                known.add(asset)
        return known

    def add(self, asset: Asset) -> None:
        """Know one more."""
        if asset.state == ASSET_STATE_READY:
            self._complete[_place(asset)][asset.file.crc32c].append(asset.asset_id)
        else:
            self._pending[_place(asset)].append(asset)

    def may_have(self, asset: Asset) -> bool:
        """Whether one is there in the same folder, with the same name and size."""
        return any(self._complete.get(_place(asset), {}).values())

    def take(self, asset: Asset, crc32c: int) -> str:
        """The id of one that also has the same content; empty if there is none. It is used up then."""
        found = self._complete.get(_place(asset), {}).get(crc32c)
        return found.pop() if found else ""

    def take_pending(self, asset: Asset) -> str:
        """The id of one that is just so described and waits for its file; empty if there is none. It is used up then.

        An import that was broken off leaves such.
        """
        waiting = self._pending.get(_place(asset), [])
        for index, each in enumerate(waiting):
            if _described(each) == _described(asset):
                return waiting.pop(index).asset_id
        return ""


def _place(asset: Asset) -> Place:
    return asset.folder, asset.file.name, asset.file.size_bytes


def _described(asset: Asset) -> Asset:
    """What its owner has said of it."""
    said = Asset()
    said.CopyFrom(asset)
    for name in OUTPUT_ONLY:
        said.ClearField(name)
    return said
