"""The `emo` command: each subcommand lives in its own module and is registered here.

Modules of this package import what they need of the server or the client inside the command, so that `emo --help`
and small client commands start at once.
"""

import typer

from emo_grpc.cli.serve import serve

app = typer.Typer(
    name="emo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a pretty traceback shows local variables, and those may be secrets
)


@app.callback()
def emo() -> None:
    """Keeps photos, videos, voice notes and letters: encrypted, resumable, over gRPC."""


app.command()(serve)
