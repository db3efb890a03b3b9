"""Carries out `emo download` of several assets, from what is meant to what is printed."""

import asyncio
import errno
import os
from pathlib import Path

from emo.assets.v1.assets_pb2 import AssetFilter
from emo_grpc.cli.assets.downloads.download_results import Downloaded, print_downloads, print_renamed, print_sum
from emo_grpc.cli.assets.downloads.tree_downloader import TreeDownloader
from emo_grpc.cli.assets.downloads.tree_folder import TreeFolder
from emo_grpc.cli.assets.downloads.tree_names import TreeNames
from emo_grpc.cli.assets.downloads.wanted import Choice, WantedAssets
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.missing_folders import explain_nothing
from emo_grpc.cli.assets.outcomes import Outcome
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES
from emo_grpc.cli.terminal.printing import counted, print_error


async def download_several(remote: Remote, choice: Choice, root: Path, *, overwrite: bool, as_json: bool) -> int:
    """Write all that are meant and can be, and print them; gives the exit code of the first that can't be.

    Raises EmoClientError, OSError for a failure that stops all of them.
    """
    batch = FileBatch(remote.connection.target, are_several=True)
    wanted = await choice.find(remote.client, batch)
    print_what_can_not_be_read(wanted)
    if wanted.is_empty and not batch.exit_code:
        await explain_nothing(remote.client, choice.narrow or AssetFilter())
        print_downloads([], as_json=as_json)
        print_error("there is nothing to download")
        return 0
    _make(root)
    downloader = TreeDownloader(remote, root, batch, overwrite=overwrite)
    try:
        names = await asyncio.to_thread(TreeNames, wanted.assets, TreeFolder(root).has)
        await downloader.download_all(wanted.assets, names.paths)
    finally:
        results = [*downloader.results, *_not_found(choice, wanted)]
        print_downloads(results, as_json=as_json)
    print_sum(results)
    print_renamed(results, "" if as_json else "; --json tells which")
    return batch.exit_code or (EXIT_CODES["DATA_LOSS"] if wanted.unreadable else 0)


def _not_found(choice: Choice, wanted: WantedAssets) -> list[Downloaded]:
    """Those of the ids that were given, of which a line has told why not."""
    found = {asset.asset_id for asset in wanted.assets}
    missing = [asset_id for asset_id in dict.fromkeys(choice.asset_ids) if asset_id not in found]
    return [Downloaded(asset_id, Path(), 0, Outcome.FAILED) for asset_id in missing]


def print_what_can_not_be_read(wanted: WantedAssets) -> None:
    """A line for each that the server can't read, and one for all whose files are not complete."""
    for asset_id in wanted.unreadable:
        print_error(f"{asset_id} can't be read: what the server knows of it is damaged; tell its operator")
    if wanted.incomplete:
        verb = "is" if wanted.incomplete == 1 else "are"
        print_error(f"{counted(wanted.incomplete, 'asset', 'assets')} left out, whose file {verb} not complete")


def _make(folder: Path) -> None:
    if not folder.is_dir():
        try:
            folder.mkdir()
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
