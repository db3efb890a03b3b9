"""`emo download`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.assets.filter_options import FilterOptions, narrowed
from emo_grpc.cli.assets.short_ids import full_ids
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal


@transfer_command
@narrowed("text", "pending")
async def download(
    remote: Remote,
    *,
    narrow: FilterOptions,
    asset_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ASSET_ID",
            help="The assets' ids, or as much of their beginning as no other has, 4 characters or more.",
            autocompletion=completers.asset_ids,
            show_default=False,
        ),
    ] = None,
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
    everything: Annotated[bool, typer.Option("--all", help="All assets there are.")] = False,
    offset: Annotated[int, typer.Option("--offset", min=0, help="The first byte wanted.")] = 0,
    length: Annotated[
        int | None, typer.Option("--length", min=1, help="How many bytes are wanted; without it, all to the end.")
    ] = None,
    force: Annotated[bool, typer.Option("-f", "--force", help="Overwrite an existing file.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Download assets' files, or a range of one, here under their own names unless -o says otherwise.

    A file appears when it is complete and checked. A download that was interrupted goes on where it was when the same
    command is run again. A file that is overwritten leaves its mode, and a link to it stays; into a device or a pipe
    the bytes are written as they come.

    Several assets go into the folder -o, in folders like those of the vault. What is there and right is not fetched
    again. Of files of one name in one folder the one uploaded first has the name, and the others have the beginning of
    their ids in theirs, the same in every run. How many have other names than in the vault is
    said, and by --json which.
    """
    from emo_grpc.cli.assets.downloads.several import download_several  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.downloads.single import (  # noqa: PLC0415 - see app
        STANDARD_OUTPUT,
        download_single,
        is_folder,
    )
    from emo_grpc.cli.assets.downloads.wanted import Choice  # noqa: PLC0415 - see app
    from emo_grpc.client import ByteRange  # noqa: PLC0415 - see app

    asset_ids = asset_ids or []
    if bool(asset_ids) + everything + narrow.is_given != 1:
        raise Refusal("say which assets: by their ids, by --all, or by options such as --folder and --tag")
    if len(asset_ids) != 1:
        refuse_stream(output, "standard output takes the file of a single asset")
    if len(asset_ids) > 1 and not is_folder(output):
        raise Refusal(f"several assets go into a folder, and {output} is none; to make it, write {output}{os.sep}")
    if as_json and output == STANDARD_OUTPUT:
        raise Refusal("with -o - standard output is the file; --json has no place there")
    if len(asset_ids) != 1 and (offset or length):
        raise Refusal("--offset and --length are for a single asset")
    asset_ids = await full_ids(remote.client, asset_ids)
    if len(asset_ids) == 1:
        await download_single(
            remote, asset_ids[0], output, ByteRange(offset, length or 0), overwrite=force, as_json=as_json
        )
        return
    exit_code = await download_several(
        remote, Choice(asset_ids, narrow.message()), Path(output), overwrite=force, as_json=as_json
    )
    if exit_code:
        raise typer.Exit(exit_code)
