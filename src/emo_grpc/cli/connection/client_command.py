"""Makes commands of coroutines that talk to a server."""

import inspect
import os
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Concatenate, Final, ParamSpec, get_type_hints

import typer

from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.connection.tracing import traced
from emo_grpc.cli.failures import INTERRUPTED, LOCAL, Refusal, local_sentence

Parameters = ParamSpec("Parameters")
ClientCommand = Callable[Concatenate[Remote, Parameters], Coroutine[None, None, None]]

CONNECTION: Final = get_type_hints(ConnectionOptions, include_extras=True)


def client_command(command: ClientCommand[Parameters]) -> Callable[..., None]:
    """A command that has the options of the connection besides its own, and fails as all do."""
    return _with_connection(command, "interrupted")


def transfer_command(command: ClientCommand[Parameters]) -> Callable[..., None]:
    """As `client_command`, and after Ctrl-C it prints how to go on."""
    return _with_connection(command, "interrupted; run the same command again to go on")


def _with_connection(command: ClientCommand[Parameters], interrupted: str) -> Callable[..., None]:
    # Any: typer calls it with whatever the signature below says.
    def with_connection(context: typer.Context, **given: Any) -> None:
        own = ConnectionOptions(**{name: given.pop(name) for name in CONNECTION})
        options = own.with_defaults(context.find_object(ConnectionOptions) or ConnectionOptions())
        if not options.debug:
            # gRPC tells of failures in words of its own, too. It reads this when it is imported, which begins here.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        with _debugging() if options.debug else nullcontext():
            _run(command, options.resolved(), given, interrupted)

    with_connection.__doc__ = command.__doc__
    with_connection.__name__ = command.__name__
    _set_signature(with_connection, command)
    return with_connection


def _run(
    command: Callable[..., Coroutine[None, None, None]],
    connection: ConnectionOptions,
    given: dict[str, Any],
    interrupted: str,
) -> None:
    import asyncio  # noqa: PLC0415 - see app

    from emo_grpc.cli.connection.client_errors import refusal_of  # noqa: PLC0415 - see app
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    async def run() -> None:
        remote = Remote.open(connection)
        async with remote.client, traced(command.__name__):
            await command(remote, **given)

    try:
        asyncio.run(run())
    except EmoClientError as error:
        raise refusal_of(error, connection) from error
    except KeyboardInterrupt:
        raise Refusal(interrupted, INTERRUPTED) from None


@contextmanager
def _debugging() -> Iterator[None]:
    """Add all that is known to a failure."""
    from emo_grpc.cli.connection.client_errors import details_of  # noqa: PLC0415 - see app

    try:
        yield
    except BrokenPipeError:
        raise
    except (Refusal, OSError) as error:
        refusal = error if isinstance(error, Refusal) else Refusal(local_sentence(error), LOCAL)
        if refusal.exit_code != INTERRUPTED:
            refusal.details = details_of(error.__cause__) + traceback.format_exc()
        raise refusal from None


def _set_signature(wrapper: Callable[..., None], command: Callable[..., object]) -> None:
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in CONNECTION.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context] + [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + shared
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # how inspect is told
    wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
