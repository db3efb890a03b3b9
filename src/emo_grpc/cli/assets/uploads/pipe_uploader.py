"""Carries out `emo upload -`."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import INTERRUPTED, LOCAL, Refusal
from emo_grpc.cli.terminal.transfer_bars import TransferBars
from emo_grpc.client import EmoClientError, StreamSource, UploadResult, describe_file

NAME: Final = "stdin"


async def upload_standard_input(remote: Remote, about: Asset, bars: TransferBars) -> UploadResult:
    """Make an asset of what comes. Raises EmoClientError, OSError, and Refusal after Ctrl-C.

    What was sent is lost then, because a pipe can't be read again; the error names the command that removes it.
    """
    if sys.stdin is None:
        raise Refusal("standard input is closed", LOCAL)
    asset = describe_file(Path(NAME), about)
    remedy = "this upload can't be gone on with; emo ls --pending shows whether something is left of it"
    source = StreamSource(sys.stdin.fileno(), "standard input")
    try:
        asset_id = await remote.client.assets.create(asset)
        remedy = f"this upload can't be gone on with; drop it with: emo rm {asset_id}"
        with bars.file(asset.file.name, None) as on_progress:
            return await remote.client.resume_upload(asset_id, source, on_progress=on_progress)
    except asyncio.CancelledError:
        raise Refusal(f"interrupted; {remedy}", INTERRUPTED) from None
    except (EmoClientError, OSError) as error:
        error.add_note(remedy)
        raise
