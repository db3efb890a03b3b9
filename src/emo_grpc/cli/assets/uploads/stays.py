"""Tells what does not count any more, because a file was uploaded by an earlier command."""

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.terminal.printing import print_error


class WhatStays:
    """Assets that stay as an earlier run has described them and where it has put them, whatever is said now."""

    def __init__(self, about: Asset) -> None:
        self._about = about
        self._described: list[str] = []
        self._elsewhere: list[str] = []
        self._folders = set[str]()

    def note(self, stored: Asset, folder: str) -> None:
        """Look at an asset that was there, when this folder was named."""
        if stored.folder != folder:
            self._elsewhere.append(stored.asset_id)
            self._folders.add(stored.folder)
        if not self._is_described(stored):
            self._described.append(stored.asset_id)

    def print(self) -> None:
        """A line for each kind, if there are any."""
        if self._described:
            why = "as described by an earlier run, whatever --tag and the like say now"
            print_error(f"{_stay(self._described)} {why}; emo edit changes that")
        if self._elsewhere:
            where = f"in {min(self._folders) or 'no folder'}" if len(self._folders) == 1 else "in other folders"
            why = f"{where}, whatever folder is named now"
            print_error(f"{_stay(self._elsewhere)} {why}; emo edit --into moves it, --again uploads it once more")

    def _is_described(self, stored: Asset) -> bool:
        """Whether an asset has all that `about` says."""
        described = Asset()
        described.CopyFrom(stored)
        described.MergeFrom(self._about)  # which appends the tags
        if not self._about.tags or set(self._about.tags) == set(stored.tags):
            described.tags[:] = stored.tags
        return described == stored


def _stay(assets: list[str]) -> str:
    return f"asset {assets[0]} stays" if len(assets) == 1 else f"{len(assets):,} assets stay"
