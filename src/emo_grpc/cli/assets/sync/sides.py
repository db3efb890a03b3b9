"""What lies in a folder of a disk, and what in a folder of the vault, before they are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from emo_grpc.cli.assets.downloads.tree_names import TreeNames, marked_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.folder_names import below, folder_of, kept_name, why_nothing_fits
from emo_grpc.cli.assets.short_ids import SHORT
from emo_grpc.cli.assets.uploads.upload_paths import ChosenFiles


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
        name = kept_name(found.path.name)
        files.append(LocalFile(found.path, found.path.relative_to(root), folder, name, found.size))
    return files


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
