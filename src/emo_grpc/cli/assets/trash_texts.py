"""Prints what is in the trash."""

from collections.abc import Sequence
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.terminal.message_texts import as_dict, time_text
from emo_grpc.cli.terminal.printing import print_json, print_rows, size_cell

HEADINGS: Final = ("ID", "Title", "Type", "Size", "Deleted", "Destroyed on")
DAY: Final = len("2026-01-31")


def print_trash(assets: Sequence[Asset], *, as_json: bool) -> None:
    """Print what `emo trash ls` lists."""
    if as_json:
        print_json([as_dict(asset) for asset in assets])
    else:
        print_rows(HEADINGS, map(_row, assets), right=("Size",), short=True)


def _row(asset: Asset) -> list[str]:
    return [
        asset.asset_id,
        asset.title,
        asset.file.content_type,
        size_cell(asset.file.size_bytes),
        time_text(asset.delete_time)[:DAY],
        time_text(asset.purge_time)[:DAY],
    ]
