"""Where the files of assets are in an export."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePath, PurePosixPath

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.tree_names import IsThere, TreeNames
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import FILES, TRASH


def paths_of(complete: Sequence[Asset], is_there: IsThere) -> Mapping[str, PurePosixPath]:
    """The path of each asset's file, by the asset's id; see TreeNames. `is_there` may read files."""
    found: dict[str, PurePosixPath] = {}
    for top in (FILES, TRASH):
        inner = [WantedAsset.of(each) for each in complete if each.HasField("delete_time") is (top == TRASH)]
        names = TreeNames(inner, partial(_is_there_below, top, is_there))
        found |= {asset_id: PurePosixPath(top, *path.parts) for asset_id, path in names.paths.items()}
    return found


def _is_there_below(top: str, is_there: IsThere, path: PurePath, asset: WantedAsset) -> bool:
    return is_there(PurePath(top, path), asset)
