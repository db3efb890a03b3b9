"""`emo admin check`."""

from typing import Annotated

import typer

from emo_grpc.cli.options import AsJson

Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=0.1, max=600, help="How long to wait for what does not answer."),
]


def check(timeout: Timeout = 5.0, as_json: AsJson = False) -> None:
    """Try the settings and all that they name, and start nothing: `ok`, `warn` or `fail` with what to do about it.

    Tries keys, certificate, folder, MongoDB, bucket, mail server, issuers and clocks; what it writes it removes.
    A server may run meanwhile. Exit code 1 if something fails, 78 if the settings themselves are wrong.
    """
    from emo_grpc.cli.admin.checks.checking import check_all  # noqa: PLC0415 - see app

    check_all(timeout, as_json=as_json)
