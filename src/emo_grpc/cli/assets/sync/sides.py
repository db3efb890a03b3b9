"""What lies in a folder of a disk, and what in a folder of the vault, before they are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from emo_grpc.cli.assets.downloads.tree_names import TreeNames, marked_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.folder_names import below, folder_of, kept_name, why_nothing_fits
from emo_grpc.cli.assets.short_ids import SHORT
from emo_grpc.cli.assets.uploads.upload_paths import ChosenFiles, FoundFile
from emo_grpc.client.transfers.partial_file import part_path


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file: where it is, its path below the folder, the vault's folder and name it would have, its size in bytes."""

    path: Path
    relative: PurePath
    folder: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides. `places`: by asset id, the path below the folder that it would have there.

    `marked`: the assets by paths with their ids in them, which they have there where another one has the plain name.
    """

    files: Sequence[LocalFile]
    assets: Sequence[WantedAsset]
    places: Mapping[str, PurePath]
    marked: Mapping[PurePath, WantedAsset] = field(default_factory=dict)


def local_files(root: Path, vault_folder: str, chosen: ChosenFiles) -> list[LocalFile]:
    """What is sent of a folder, nothing that is hidden; `chosen` knows then what could not be read. Blocking."""
    files = []
    for found in chosen.files_in(root, ()):
        folder = below(vault_folder, folder_of(found.names))
        if reason := why_nothing_fits(folder):
            chosen.failed.append((found.path, reason))
            continue
        files.append(_local(root, found, folder))
    return files


def useless_parts(root: Path, sides: Sides, chosen: ChosenFiles) -> list[LocalFile]:
    """Downloads that were broken off, and that none of the assets goes on with. `chosen` has none of them then."""
    found, chosen.unfinished = chosen.unfinished, []
    if not found:
        return []
    places = [*sides.marked.items(), *((sides.places[asset.asset_id], asset) for asset in sides.assets)]
    useful = {part_path(root / place, asset.identity) for place, asset in places}
    return [_local(root, each, "") for each in found if each.path not in useful]


def _local(root: Path, found: FoundFile, folder: str) -> LocalFile:
    return LocalFile(found.path, found.path.relative_to(root), folder, kept_name(found.path.name), found.size)


def both_sides(vault_folder: str, files: Sequence[LocalFile], assets: Sequence[WantedAsset]) -> Sides:
    """With the places of the assets, whatever lies there.

    Of one name, the latest has it: a file that was changed and sent again comes back as it is now.
    """
    inner = [replace(asset, folder=asset.folder[len(vault_folder) :].strip("/")) for asset in assets]
    places = TreeNames(inner, lambda _path, _asset: False, latest_first=True).paths
    marked = {
        marked_path(short, mark): asset
        for short, asset in zip(inner, assets, strict=True)
        for mark in (asset.asset_id[:SHORT], asset.asset_id)
    }
    return Sides(files, assets, places, marked)
