"""Finds what a folder and the vault have in common."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

from emo_grpc.cli.assets.downloads.tree_folder import crc32c_of
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.folder_names import kept_name
from emo_grpc.cli.assets.sync.sides import LocalFile, Sides


@dataclass(slots=True)
class Comparison:
    """What both have, and what only one of them has. `unread`: files that could not be read, and why."""

    same: int = 0
    only_here: list[LocalFile] = field(default_factory=list)
    only_there: list[WantedAsset] = field(default_factory=list)
    taken: set[PurePath] = field(default_factory=set)
    """Paths of files that both have."""
    unread: list[tuple[LocalFile, OSError]] = field(default_factory=list)


def compare(sides: Sides) -> Comparison:
    """By path and content; a file is read only if an asset of its size has its path. Blocking.

    Its path may be the asset's in either direction: what the file would be called in the vault, or what the asset would
    be called here. So a name that has to change on the way does not make two of one.
    """
    by_name: dict[tuple[str, str], list[WantedAsset]] = defaultdict(list)
    for asset in sides.assets:
        by_name[asset.folder, kept_name(asset.name)].append(asset)
    by_place = {sides.places[asset.asset_id]: asset for asset in sides.assets}
    found, claimed = Comparison(), set[str]()
    for file in sides.files:
        rivals = [*by_name[file.folder, file.name]]
        if (placed := by_place.get(file.relative)) is not None:
            rivals.insert(0, placed)
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
            found.same += 1
            found.taken.add(file.relative)
    found.only_there = [asset for asset in sides.assets if asset.asset_id not in claimed]
    return found


def _match(file: LocalFile, rivals: list[WantedAsset]) -> WantedAsset | None:
    rivals = [asset for asset in rivals if asset.size == file.size]
    if not rivals:
        return None
    crc32c = crc32c_of(file.path)
    return next((asset for asset in rivals if asset.crc32c == crc32c), None)
