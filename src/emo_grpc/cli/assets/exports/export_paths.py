"""Where the files of assets are in an export."""

from functools import partial
from pathlib import PurePath

from emo_grpc.cli.assets.downloads.tree_names import IsThere, first_of, marked_path, name_key, plain_path
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_notes import ExportNotes
from emo_grpc.cli.assets.short_ids import SHORT


def name_files(notes: ExportNotes, is_there: IsThere) -> None:
    """Give each complete file its path, as TreeNames does, one after the other. `is_there` may read files."""
    for top, key, rivals in notes.rivals():
        if notes.is_taken(key):  # by a folder
            continue
        first = first_of(rivals, partial(_is_there_below, top, is_there))
        if first is not None:
            notes.take(first.asset_id, PurePath(top, plain_path(first)))
    for top, asset in notes.unnamed():
        marked = PurePath(top, marked_path(asset, asset.asset_id[:SHORT]))
        if notes.is_taken(name_key(marked)):
            marked = PurePath(top, marked_path(asset, asset.asset_id))
        notes.take(asset.asset_id, marked)


def _is_there_below(top: str, is_there: IsThere, path: PurePath, asset: WantedAsset) -> bool:
    return is_there(PurePath(top, path), asset)
