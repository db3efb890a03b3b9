"""With LOG_FORMAT=json, nothing but JSON comes out of a server, from the first moment on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from emo_grpc.cli.failures import FAILED


def is_asked_for() -> bool:
    """Whether LOG_FORMAT says so. Asked for by hand: there are no settings when one of them is wrong."""
    from emo_grpc.settings.names import value_of  # noqa: PLC0415 - client commands start without it

    return value_of("LOG_FORMAT") == "json"


def begin_json_log() -> None:
    """Log what comes before the settings are read, warnings and uncaught errors too."""
    from emo_grpc.settings import LogFormat, Settings  # noqa: PLC0415 - as above
    from emo_grpc.shared.entrypoints.logs.log_format import configure_logging  # noqa: PLC0415 - as above
    from emo_grpc.shared.entrypoints.logs.redaction import log_uncaught  # noqa: PLC0415 - as above

    os.environ["GRPC_VERBOSITY"] = "NONE"  # whatever it was: gRPC would write lines of its own
    configure_logging(Settings.model_construct(log_format=LogFormat.JSON))
    log_uncaught()


def log_failure(sentence: str, error: BaseException | None = None) -> None:
    """The last line of a server that ends; `error` with its traceback."""
    import structlog  # noqa: PLC0415 - as above

    structlog.get_logger("emo").error(sentence, **({"exc_info": error} if error else {}))


@contextmanager
def nothing_but_json() -> Iterator[None]:
    """Log what the block fails with, but for what says how the process ends."""
    begin_json_log()
    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except Exception as error:
        log_failure("this is a fault of emo itself; please report it", error)
        raise typer.Exit(FAILED) from None
