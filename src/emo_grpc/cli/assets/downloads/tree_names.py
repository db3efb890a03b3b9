"""Decides what each asset's file is called in a folder of a disk."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import PurePath
from typing import Final

from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.short_ids import SHORT
from emo_grpc.client import safe_file_name

NAMELESS: Final = "_"
"""What a folder is called of whose name nothing is left."""

IsThere = Callable[[PurePath, WantedAsset], bool]
"""Whether there is a file of this path below the folder, and it is what the asset has."""


class TreeNames:
    """Gives each asset a path of its own, the same one in every run (docs/adr/0049).

    Names are those of the vault, made safe. Of several that would be one file, if only on a disk that takes capitals
    for small letters, the one made first has the name, or with `latest_first` the one made last, and the others have
    the beginning of their ids in theirs: `IMG_0009 (6f2c1d5e).jpg`. What lies there from an earlier run keeps its name,
    whatever was deleted since.
    """

    def __init__(self, assets: Iterable[WantedAsset], is_there: IsThere, *, latest_first: bool = False) -> None:
        self._is_there = is_there
        self._latest_first = latest_first
        self._taken: set[str] = set()
        self.paths: dict[str, PurePath] = {}
        """By asset id."""
        rivals: dict[str, list[WantedAsset]] = defaultdict(list)
        for asset in assets:
            plain = plain_path(asset)
            rivals[name_key(plain)].append(asset)
            self._taken.update(name_key(parent) for parent in plain.parents)
        self._place(sorted(rivals.items()))

    def _place(self, rivals: Sequence[tuple[str, list[WantedAsset]]]) -> None:
        others: list[WantedAsset] = []
        for key, assets in rivals:
            assets.sort(key=lambda asset: (asset.created, asset.asset_id), reverse=self._latest_first)
            first = first_of(assets, self._is_there) if key not in self._taken else None
            if first is not None:
                self._take(first, plain_path(first))
            others += [asset for asset in assets if asset is not first]
        for asset in others:
            self._take(asset, other_path(asset, lambda path: name_key(path) in self._taken))

    def _take(self, asset: WantedAsset, path: PurePath) -> None:
        self._taken.add(name_key(path))
        self.paths[asset.asset_id] = path


def first_of(rivals: Iterable[WantedAsset], is_there: IsThere) -> WantedAsset | None:
    """Which of those that would be one file has the name: the one that has it already, else the first.

    None if the first has another name already. Takes no more of them than it needs.
    """
    left = iter(rivals)
    first, second = next(left), next(left, None)
    if second is not None:
        for asset in chain((first, second), left):
            if is_there(plain_path(asset), asset):
                return asset
    has_mark = is_there(marked_path(first, first.asset_id[:SHORT]), first)
    return None if has_mark else first


def plain_path(asset: WantedAsset) -> PurePath:
    """Folder and name, made safe; never absolute, and never with `..`."""
    folders = [safe_file_name(name, NAMELESS) for name in asset.folder.split("/") if name]
    return PurePath(*folders, safe_file_name(asset.name, asset.asset_id))


def other_path(asset: WantedAsset, is_taken: Callable[[PurePath], bool]) -> PurePath:
    """Where it goes if another one has the plain path: with as little of its id in the name as it can be."""
    marked = marked_path(asset, asset.asset_id[:SHORT])
    return marked_path(asset, asset.asset_id) if is_taken(marked) else marked


def marked_path(asset: WantedAsset, mark: str) -> PurePath:
    """The same with a mark before the extension."""
    plain = plain_path(asset)
    return plain.with_name(f"{plain.stem} ({mark}){plain.suffix}")


def name_key(path: PurePath) -> str:
    """What two paths have in common that are one on some disks."""
    return unicodedata.normalize("NFC", str(path).casefold())
