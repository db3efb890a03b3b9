"""Prints folders."""

from typing import Final

from emo.assets.v1.assets_pb2 import Folder, ListFoldersResponse
from emo_grpc.cli.terminal.message_texts import as_dict
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, print_json, print_line, print_rows, size_cell, size_text

HEADINGS: Final = ("Folder", "Assets", "Size")


def print_folders(found: ListFoldersResponse, *, as_json: bool) -> None:
    """Print what `emo folder ls` lists: those below a folder; people also read what is right in it."""
    if as_json:
        print_json({"folder": as_dict(found.folder), "folders": [as_dict(folder) for folder in found.folders]})
        return
    if found.folders or not found.folder.direct_count:
        rows = ([each.folder, str(each.count), size_cell(each.bytes)] for each in found.folders)
        print_rows(HEADINGS, rows, right=("Assets", "Size"))
    if is_terminal() and found.folder.direct_count:
        print_line(_rest(found.folder))


def _rest(folder: Folder) -> str:
    place = f"right in {folder.folder}" if folder.folder else "in no folder"
    return f"{counted(folder.direct_count, 'asset', 'assets')} {place}, {size_text(folder.direct_bytes)}"
