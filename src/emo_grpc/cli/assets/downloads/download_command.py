"""`emo download`."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from emo_grpc.cli.assets.short_ids import full_id
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal

STANDARD_OUTPUT: Final = "-"


@transfer_command
async def download(
    remote: Remote,
    *,
    asset_ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ASSET_ID",
            help="The assets' ids, as `emo ls` shows them.",
            autocompletion=completers.asset_ids,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="The file or folder to write to; a folder that ends in / is made; - = standard output.",
            show_default=False,
        ),
    ] = ".",
    offset: Annotated[int, typer.Option("--offset", min=0, help="The first byte wanted.")] = 0,
    length: Annotated[int, typer.Option("--length", min=0, help="How many bytes are wanted; 0 = to the end.")] = 0,
    force: Annotated[bool, typer.Option("-f", "--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Download assets' files, or a range of one, here under their own names unless -o says otherwise.

    A file appears when it is complete and checked. A download that was interrupted goes on where it was when the same
    command is run again. A file that is overwritten leaves its mode, and a link to it stays; into a device or a pipe
    the bytes are written as they come.
    """
    from emo_grpc.cli.assets.downloads.downloader import Downloader, Target, download_to_stdout  # noqa: PLC0415 - see app
    from emo_grpc.client import ByteRange  # noqa: PLC0415 - see app

    target = Target(Path(output), is_folder=output.endswith((os.sep, os.altsep or os.sep)))
    if len(asset_ids) > 1 and not (target.is_folder or target.path.is_dir()):
        raise Refusal(f"several assets go into a folder, and {output} is none; to make it, write {output}{os.sep}")
    if len(asset_ids) > 1 and (offset or length):
        raise Refusal("--offset and --length are for a single asset")
    asset_ids = [await full_id(remote.client, each) for each in asset_ids]
    wanted = ByteRange(offset, length)
    if output == STANDARD_OUTPUT:
        await download_to_stdout(remote, asset_ids[0], wanted)
        return
    exit_code = await Downloader(remote, target, overwrite=force).download_all(asset_ids, wanted)
    if exit_code:
        raise typer.Exit(exit_code)
