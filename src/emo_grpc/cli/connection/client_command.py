"""Makes commands of coroutines that talk to a server."""

import inspect
import os
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, Final, ParamSpec

import typer

from emo_grpc.cli import options
from emo_grpc.cli.connection.remote import Connection, Remote
from emo_grpc.cli.failures import Refusal, exit_with, run

Parameters = ParamSpec("Parameters")
Online = Callable[Concatenate[Remote, Parameters], Coroutine[None, None, None]]

CONNECTION: Final = {
    "server": options.Server,
    "ca_file": options.CaFile,
    "cert": options.Cert,
    "key": options.Key,
    "server_name": options.ServerName,
    "insecure": options.Insecure,
    "debug": options.Debug,
}


def online(command: Online[Parameters]) -> Callable[..., None]:
    """A command that has the options of the connection besides its own, and reports failures as all do."""
    return _online(command, resumable=False)


def transfer(command: Online[Parameters]) -> Callable[..., None]:
    """As `online`, and after Ctrl-C it says how to go on."""
    return _online(command, resumable=True)


def _online(command: Online[Parameters], *, resumable: bool) -> Callable[..., None]:
    # Any: typer calls it with whatever the signature below says.
    def with_connection(context: typer.Context, **given: Any) -> None:
        said = Connection(**{name: given.pop(name) for name in CONNECTION}).over(
            context.find_object(Connection) or Connection()
        )
        debug = bool(said.debug)
        if not debug:
            # gRPC tells of failures in words of its own, too. It reads this when it is imported, which begins here.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        connection = said.resolved()
        try:
            run(_run(command, connection, given), connection, debug=debug, resumable=resumable)
        except Refusal as error:
            exit_with(str(error), error.exit_code, debug=debug)

    with_connection.__doc__ = command.__doc__
    with_connection.__name__ = command.__name__
    _take_over_signature(with_connection, command)
    return with_connection


async def _run(
    command: Callable[..., Coroutine[None, None, None]], connection: Connection, given: dict[str, Any]
) -> None:
    remote = Remote.open(connection)
    async with remote.client:
        await command(remote, **given)


def _take_over_signature(wrapper: Callable[..., None], command: Callable[..., object]) -> None:
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in CONNECTION.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context] + [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + shared
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # how inspect is told
    wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
