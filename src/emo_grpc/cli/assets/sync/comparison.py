"""Finds what a folder and the vault have in common."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from emo_grpc.cli.assets.downloads.tree_folder import crc32c_of
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.folder_names import kept_name
from emo_grpc.cli.assets.sync.sides import LocalFile, Sides

Pair: TypeAlias = tuple[LocalFile, WantedAsset]


@dataclass(slots=True)
class Comparison:
    """What both have, and what only one of them has. `unread`: files that could not be read, and why.

    `moved`: what both have under paths that are not each other's.
    """

    pairs: list[Pair] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)
    only_here: list[LocalFile] = field(default_factory=list)
    only_there: list[WantedAsset] = field(default_factory=list)
    unread: list[tuple[LocalFile, OSError]] = field(default_factory=list)

    @property
    def same(self) -> int:
        """How many both have under one path."""
        return len(self.pairs)


def compare(sides: Sides, *, finds_moves: bool = True) -> Comparison:
    """By path and content; a file is read only if an asset of its size may be it. Blocking.

    Its path may be the asset's in either direction: what the file would be called in the vault, or what the asset would
    be called here. So a name that has to change on the way does not make two of one. Of the rest, what has the same
    content was moved, unless a file can't be read, which may be the one that an asset is.
    """
    by_name: dict[tuple[str, str], list[WantedAsset]] = defaultdict(list)
    for asset in sides.assets:
        by_name[asset.folder, kept_name(asset.name)].append(asset)
    by_place = {sides.places[asset.asset_id]: asset for asset in sides.assets}
    found, claimed = Comparison(), set[str]()
    for file in sides.files:
        placed = (by_place.get(file.relative), sides.marked.get(file.relative))
        rivals = [*(asset for asset in placed if asset is not None), *by_name[file.folder, file.name]]
        try:
            match = _match(file, [asset for asset in rivals if asset.asset_id not in claimed])
        except OSError as error:
            found.unread.append((file, error))
            claimed.update(asset.asset_id for asset in rivals)  # nothing is known of them
            continue
        if match is None:
            found.only_here.append(file)
        else:
            claimed.add(match.asset_id)
            found.pairs.append((file, match))
    found.only_there = [asset for asset in sides.assets if asset.asset_id not in claimed]
    if finds_moves and not found.unread:
        _find_moves(found)
    return found


def _find_moves(found: Comparison) -> None:
    """Empty files are all alike, so none of them is taken for another."""
    by_size: dict[int, list[WantedAsset]] = defaultdict(list)
    for asset in found.only_there:
        by_size[asset.size].append(asset)
    for file in found.only_here:
        rivals = by_size.get(file.size, []) if file.size else []
        try:
            match = _match(file, rivals)
        except OSError:
            continue  # it is told when it is sent
        if match is not None:
            rivals.remove(match)
            found.moved.append((file, match))
    paths, ids = {file.path for file, _ in found.moved}, {asset.asset_id for _, asset in found.moved}
    found.only_here = [file for file in found.only_here if file.path not in paths]
    found.only_there = [asset for asset in found.only_there if asset.asset_id not in ids]


def _match(file: LocalFile, rivals: list[WantedAsset]) -> WantedAsset | None:
    rivals = [asset for asset in rivals if asset.size == file.size]
    if not rivals:
        return None
    crc32c = crc32c_of(file.path)
    return next((asset for asset in rivals if asset.crc32c == crc32c), None)
