"""Runs the work of `emo admin` on the server's engines."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from emo_grpc.cli.failures import EXIT_CODES, FAILED, INTERRUPTED, Refusal, exit_with
from emo_grpc.cli.field_names import in_words_of_the_command
from emo_grpc.cli.server.serve import CONFIGURATION_EXIT, UNAVAILABLE_EXIT
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo_grpc.bootstrap.engines import Engines
    from emo_grpc.settings import Settings
    from emo_grpc.shared.domain.errors import EmoError

CODES: Final = {
    "Unauthenticated": "UNAUTHENTICATED",
    "PermissionDenied": "PERMISSION_DENIED",
    "NotFound": "NOT_FOUND",
    "AlreadyExists": "ALREADY_EXISTS",
    "FailedPrecondition": "FAILED_PRECONDITION",
    "Aborted": "ABORTED",
    "InvalidArgument": "INVALID_ARGUMENT",
    "OutOfRange": "OUT_OF_RANGE",
    "ResourceExhausted": "RESOURCE_EXHAUSTED",
    "Unavailable": "UNAVAILABLE",
    "DataLoss": "DATA_LOSS",
}
"""The gRPC status code of each kind of EmoError, so that exit codes are those of the same failure over gRPC."""


def administer(work: Callable[["Engines"], Awaitable[None]], *, may_create: bool = False) -> None:
    """Open the engines of the settings, do it, close them; or end the process with one line on standard error.

    Without a database it is refused, unless it `may_create` one: then that is told, since it may be the wrong folder.
    """

    async def run() -> None:
        from emo_grpc.bootstrap.engines import open_engines  # noqa: PLC0415 - see app
        from emo_grpc.bootstrap.secrets import fill_secrets  # noqa: PLC0415 - see app

        settings = _settings(may_create=may_create)
        async with open_engines(fill_secrets(settings).settings) as engines:
            await work(engines)

    run_to_end(run())


def run_to_end(command: Coroutine[None, None, None]) -> None:
    """Run it, or end the process with one line on standard error."""
    with reporting():
        asyncio.run(command)


@contextmanager
def reporting() -> Iterator[None]:
    """End the process with one line on standard error, and its exit code, when something fails inside."""
    from emo_grpc.settings import CannotStart, InvalidSettings  # noqa: PLC0415 - see app
    from emo_grpc.shared.domain.errors import EmoError, InvalidArgument  # noqa: PLC0415 - see app

    try:
        yield
    except Refusal as error:
        exit_with(str(error), error.exit_code, debug=False)
    except CannotStart as error:
        print_error(str(error), keep="\n")
        raise typer.Exit(CONFIGURATION_EXIT if isinstance(error, InvalidSettings) else UNAVAILABLE_EXIT) from None
    except EmoError as error:
        violations = error.violations if isinstance(error, InvalidArgument) else ()
        exit_with(in_words_of_the_command(error.message, violations), exit_code_of(error), debug=False)
    except KeyboardInterrupt:
        exit_with("interrupted; run the same command again to go on", INTERRUPTED, debug=False)


def _settings(*, may_create: bool) -> "Settings":
    from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME  # noqa: PLC0415 - see app
    from emo_grpc.settings import InvalidSettings, load_settings  # noqa: PLC0415 - see app

    settings = load_settings()
    folder = settings.data_folder.absolute()
    if not settings.has_shared_metadata and not (folder / DATABASE_NAME).exists():
        if not may_create:
            raise InvalidSettings(f"there is no database in {folder}: set DATA_FOLDER, or run it where the server runs")
        print_error(f"there was no database in {folder}: a new one is made there")
    return settings


def exit_code_of(error: "EmoError") -> int:
    """The exit code that the same failure has over gRPC."""
    for kind in type(error).__mro__:
        if kind.__name__ in CODES:
            return EXIT_CODES[CODES[kind.__name__]]
    return FAILED
