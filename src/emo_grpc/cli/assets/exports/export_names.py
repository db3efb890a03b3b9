"""What files are called in an export."""

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.exports.export_format import FILES, TRASH
from emo_grpc.client import safe_file_name

SHORT_ID: Final = 8
NO_NAME: Final = "_"


def names_of(assets: Iterable[Asset]) -> Mapping[str, PurePosixPath]:
    """The path of each asset's file, by the asset's id: no two the same, nor on a disk that takes capitals for small.

    The same vault gives the same names. Of several that would be called the same, the oldest is, and the others have
    the beginning of their ids in their names.
    """
    ordered = sorted(assets, key=lambda each: (each.create_time.ToNanoseconds(), each.asset_id))
    wanted = {each.asset_id: _wanted(each) for each in ordered}
    taken = {_folded(folder) for path in wanted.values() for folder in path.parents}
    names: dict[str, PurePosixPath] = {}
    later: list[str] = []
    for asset_id, path in wanted.items():
        if _folded(path) in taken:
            later.append(asset_id)
        else:
            names[asset_id] = path
            taken.add(_folded(path))
    for asset_id in later:
        path = _marked(wanted[asset_id], asset_id[:SHORT_ID])
        path = _marked(wanted[asset_id], asset_id) if _folded(path) in taken else path
        names[asset_id] = path
        taken.add(_folded(path))
    return names


def _wanted(asset: Asset) -> PurePosixPath:
    top = TRASH if asset.HasField("delete_time") else FILES
    folders = (safe_file_name(name, NO_NAME) for name in asset.folder.split("/") if name)
    return PurePosixPath(top, *folders, safe_file_name(asset.file.name, asset.asset_id))


def _marked(path: PurePosixPath, mark: str) -> PurePosixPath:
    return path.with_name(f"{path.stem} ({mark}){path.suffix}")


def _folded(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", str(path).casefold())
