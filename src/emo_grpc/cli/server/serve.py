"""`emo serve`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Annotated, Final

import typer

from emo_grpc.cli.server.json_output import is_asked_for, log_failure, nothing_but_json
from emo_grpc.cli.terminal.printing import print_error

CONFIGURATION_EXIT: Final = 78
"""EX_CONFIG of sysexits.h: the settings are wrong."""
UNAVAILABLE_EXIT: Final = 69
"""EX_UNAVAILABLE: the port or the data folder is not to be had."""


Ephemeral = Annotated[
    bool, typer.Option("--ephemeral", help="Keep everything in memory, nothing on disk: all is lost when it ends.")
]


def serve(ephemeral: Ephemeral = False) -> None:
    """Run the server, with settings from the environment and `.env`.

    Ends with 0 after SIGTERM or Ctrl-C, 78 when the settings are wrong, 69 when it can't start here,
    70 when gRPC takes no more calls, and another has to be started.
    """
    with starting():
        from emo_grpc.settings import EphemeralSettings, Settings, load_settings  # noqa: PLC0415 - as in `starting`

        settings = load_settings(EphemeralSettings if ephemeral else Settings)
        if settings.emo_workers > 1:
            from emo_grpc.hosting.supervisor import supervise  # noqa: PLC0415 - it does without gRPC

            supervise(settings)
        else:
            from emo_grpc.hosting.running import run  # noqa: PLC0415 - as above

            run(settings)


@contextmanager
def starting() -> Iterator[None]:
    """Print or log what keeps a server from starting in one line, and end with its exit code."""
    # gRPC tells of a port in use in its own words too, on standard error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from emo_grpc.settings import CannotStart, InvalidSettings  # noqa: PLC0415 - client commands start without it

    is_json = is_asked_for()
    with nothing_but_json() if is_json else nullcontext():
        try:
            yield
        except CannotStart as error:
            tell = log_failure if is_json else partial(print_error, keep="\n")
            tell(str(error))
            raise typer.Exit(CONFIGURATION_EXIT if isinstance(error, InvalidSettings) else UNAVAILABLE_EXIT) from None
