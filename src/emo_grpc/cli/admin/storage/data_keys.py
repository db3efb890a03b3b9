"""Carries out `emo admin rewrap-keys`."""

from emo_grpc.assets.domain.commands import RewrapKeys
from emo_grpc.bootstrap.assets import open_assets
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.terminal.printing import counted, print_line


async def rewrap_all(engines: Engines) -> None:
    """Wrap all data keys with the current key, and print how many. Raises EmoError."""
    total = 0
    async with open_assets(engines) as assets:
        while done := await assets.bus.handle(RewrapKeys()):
            total += done
    if total:
        print_line(f"{counted(total, 'data key is', 'data keys are')} wrapped with the current key now.")
    else:
        print_line("All data keys were wrapped with the current key already.")
