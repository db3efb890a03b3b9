"""`emo version`, and `emo --version`."""

import platform
from typing import Annotated, Final, NoReturn

import typer

from emo_grpc.cli.options import AsJson
from emo_grpc.cli.server_info import show_server
from emo_grpc.cli.terminal.printing import print_facts, print_json, print_line

CONTRACT: Final = ("emo.users.v1", "emo.assets.v1", "emo.audit.v1", "emo.server.v1")
"""The packages whose services this command calls."""

OfServer = Annotated[
    bool, typer.Option("--server", help="Ask the server for its version, limits and features, without a login.")
]
Address = Annotated[
    str | None, typer.Argument(metavar="[HOST:PORT]", help="The server to ask; by default as for other commands.")
]


def version(
    context: typer.Context, of_server: OfServer = False, address: Address = None, as_json: AsJson = False
) -> None:
    """Show the versions of the command, of the contract that it speaks, of Python and of grpcio; or ask a server."""
    if of_server or address:
        show_server(context, address, as_json=as_json)
        return
    from importlib.metadata import version as version_of  # noqa: PLC0415 - see app

    found = {"emo": version_of("emo-grpc"), "python": platform.python_version(), "grpcio": version_of("grpcio")}
    if as_json:
        print_json(found | {"contract": CONTRACT})
    else:
        print_facts([*found.items(), ("contract", ", ".join(CONTRACT))])


def show_version() -> NoReturn:
    """Say all of it in one line, and end."""
    from importlib.metadata import version as version_of  # noqa: PLC0415 - see app

    contract = ", ".join(CONTRACT)
    python, grpcio = platform.python_version(), version_of("grpcio")
    print_line(f"emo {version_of('emo-grpc')} ({contract}; Python {python}; grpcio {grpcio})")
    raise typer.Exit
