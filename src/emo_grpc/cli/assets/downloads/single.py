"""Carries out `emo download` of one asset."""

import os
from contextlib import aclosing
from pathlib import Path
from typing import Final

from emo_grpc.cli.assets.downloads.download_results import Downloaded, print_downloads, print_renamed
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.output import write_bytes
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import ByteRange

STANDARD_OUTPUT: Final = "-"
SEPARATORS: Final = (os.sep, os.altsep or os.sep)


async def download_single(
    remote: Remote, asset_id: str, output: str, wanted: ByteRange, *, overwrite: bool, as_json: bool
) -> None:
    """Write an asset's file, or a range of it, to a path, or as it comes to standard output.

    Raises EmoClientError, OSError.
    """
    if output == STANDARD_OUTPUT:
        await _write_out(remote, asset_id, wanted)
        return
    path, is_new = Path(output), output.endswith(SEPARATORS)
    with ProgressBars() as bars, bars.bar(asset_id if is_folder(output) else path.name, None) as on_progress:
        done = await remote.client.download(
            asset_id, path, wanted, overwrite=overwrite, is_folder=is_new, on_progress=on_progress
        )
    is_renamed = done.path != path and done.path.name != done.name  # who names a path has chosen the name
    result = Downloaded(asset_id, done.path, done.size_bytes, name=done.name, is_renamed=is_renamed)
    print_renamed([result], f": {done.name}")
    print_downloads([result], as_json=as_json)


def is_folder(output: str) -> bool:
    """Whether a path is a folder's, or is said to be."""
    return output.endswith(SEPARATORS) or Path(output).is_dir()


async def _write_out(remote: Remote, asset_id: str, wanted: ByteRange) -> None:
    async with aclosing(remote.client.download_chunks(asset_id, wanted)) as chunks:
        async for data in chunks:
            write_bytes(data)
