"""Where the files of assets are in an export."""

from functools import partial
from pathlib import PurePath

from emo_grpc.cli.assets.downloads.tree_names import IsThere, first_of, name_key, other_path, plain_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_notes import ExportNotes


def name_files(notes: ExportNotes, is_there: IsThere) -> None:
    """Give each complete file its path, as TreeNames does, one after the other. `is_there` may read files."""
    for top, key, rivals in notes.rivals():
        if notes.is_taken(key):  # by a folder
            continue
        first = first_of(rivals, partial(_is_there_below, top, is_there))
        if first is not None:
            notes.take(first.asset_id, PurePath(top, plain_path(first)))
    for top, asset in notes.unnamed():
        notes.take(asset.asset_id, PurePath(top, other_path(asset, partial(_is_taken_below, top, notes))))


def _is_taken_below(top: str, notes: ExportNotes, path: PurePath) -> bool:
    return notes.is_taken(name_key(PurePath(top, path)))


def _is_there_below(top: str, is_there: IsThere, path: PurePath, asset: WantedAsset) -> bool:
    return is_there(PurePath(top, path), asset)
