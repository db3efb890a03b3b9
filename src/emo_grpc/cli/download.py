"""`emo download`."""

import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Final

import typer

from emo_grpc.cli.connection import Remote
from emo_grpc.cli.online import transfer
from emo_grpc.cli.options import AssetId

STANDARD_OUTPUT: Final = Path("-")


@transfer
async def download(
    remote: Remote,
    *,
    asset_id: AssetId,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The file or folder to write to; - = standard output.", show_default=False),
    ] = Path(),
    offset: Annotated[int, typer.Option("--offset", min=0, help="The first byte wanted.")] = 0,
    length: Annotated[int, typer.Option("--length", min=0, help="How many bytes are wanted; 0 = to the end.")] = 0,
    force: Annotated[bool, typer.Option("-f", "--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Download an asset's file, or a range of it, here under its own name unless -o says otherwise.

    The file appears when it is complete and checked. A download that was interrupted goes on where it was when the same
    command is run again.
    """
    from emo_grpc.cli.printing import is_terminal, say, size_text  # noqa: PLC0415 - see app
    from emo_grpc.cli.progress_bars import ProgressBars  # noqa: PLC0415 - see app
    from emo_grpc.client import ByteRange  # noqa: PLC0415 - see app

    wanted = ByteRange(offset, length)
    if output == STANDARD_OUTPUT:
        async with aclosing(remote.client.download_chunks(asset_id, wanted)) as chunks:
            async for data in chunks:
                sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with ProgressBars() as bars, bars.bar(asset_id if output.is_dir() else output.name, None) as on_progress:
        result = await remote.client.download(asset_id, output, wanted, overwrite=force, on_progress=on_progress)
    say(f"{result.path}  {size_text(result.size_bytes)}" if is_terminal() else str(result.path))
