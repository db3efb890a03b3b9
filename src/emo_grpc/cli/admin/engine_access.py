"""Runs the work of `emo admin` on the server's engines."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from typer._click.globals import get_current_context  # typer has a click of its own

from emo_grpc.cli.failures import EXIT_CODES, FAILED, INTERRUPTED, Refusal
from emo_grpc.cli.field_names import with_option_names
from emo_grpc.cli.server.serve import CONFIGURATION_EXIT, UNAVAILABLE_EXIT
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo_grpc.bootstrap.engines import Engines
    from emo_grpc.settings import Settings
    from emo_grpc.shared.domain.errors import EmoError


def run_on_engines(work: Callable[["Engines"], Awaitable[None]], *, may_create: bool = False) -> None:
    """Open the engines of the settings, do the work, close them. Raises what engine_failures does.

    Without a database it is refused, unless it `may_create` one: that is printed, since it may be the wrong folder.
    """

    async def run() -> None:
        from emo_grpc.bootstrap.engines import open_engines  # noqa: PLC0415 - see app
        from emo_grpc.bootstrap.secrets import fill_secrets  # noqa: PLC0415 - see app
        from emo_grpc.cli.admin.audit.audited_command import audited_command  # noqa: PLC0415 - see app

        settings = _settings(may_create=may_create)
        async with open_engines(fill_secrets(settings).settings) as engines, audited_command(engines, command):
            await work(engines)

    command = get_current_context().command_path
    run_alone(run())


def run_alone(command: Coroutine[None, None, None]) -> None:
    """Run it without a server. Raises what engine_failures does."""
    import asyncio  # noqa: PLC0415 - see app

    with engine_failures():
        asyncio.run(command)


@contextmanager
def engine_failures() -> Iterator[None]:
    """Raise what fails inside as Refusal; of settings that are wrong, print them and raise typer.Exit."""
    from emo_grpc.settings import CannotStart, InvalidSettings  # noqa: PLC0415 - see app
    from emo_grpc.shared.domain.errors import EmoError, InvalidArgument  # noqa: PLC0415 - see app

    try:
        yield
    except CannotStart as error:
        print_error(str(error), keep="\n")
        raise typer.Exit(CONFIGURATION_EXIT if isinstance(error, InvalidSettings) else UNAVAILABLE_EXIT) from None
    except EmoError as error:
        violations = error.violations if isinstance(error, InvalidArgument) else ()
        raise Refusal(with_option_names(error.message, violations), exit_code_of(error)) from error
    except KeyboardInterrupt:
        raise Refusal("interrupted; run the same command again to go on", INTERRUPTED) from None


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
    from emo_grpc.shared.entrypoints.errors.wire import status_code  # noqa: PLC0415 - see app

    return EXIT_CODES.get(status_code(type(error)).name, FAILED)
