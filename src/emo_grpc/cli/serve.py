"""`emo serve`."""

import os
import sys
from typing import Final

import typer

CONFIGURATION_EXIT: Final = 78
"""EX_CONFIG of sysexits.h: the settings are wrong."""
UNAVAILABLE_EXIT: Final = 69
"""EX_UNAVAILABLE: the port or the data folder is not to be had."""


def serve() -> None:
    """Run the server, with settings from the environment and `.env`.

    Ends with 0 after SIGTERM or Ctrl-C, 78 when the settings are wrong, 69 when it can't start here.
    """
    # gRPC tells of a port in use in its own words too, on standard error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from emo_grpc.bootstrap.running import run  # noqa: PLC0415 - as above, and client commands start without it
    from emo_grpc.settings import CannotStart, InvalidSettings, load_settings  # noqa: PLC0415 - as above

    try:
        run(load_settings())
    except CannotStart as error:
        sys.stderr.write(f"emo: {error}\n")
        raise typer.Exit(CONFIGURATION_EXIT if isinstance(error, InvalidSettings) else UNAVAILABLE_EXIT) from None
