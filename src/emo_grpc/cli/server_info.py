"""What a server says of itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from emo_grpc.cli.connection.client_command import CONNECTION, client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import FAILED, Refusal
from emo_grpc.cli.terminal.printing import print_facts, print_json

if TYPE_CHECKING:
    from emo.server.v1.server_pb2 import GetServerInfoResponse


def show_server(context: typer.Context, address: str | None, *, as_json: bool) -> None:
    """Show its version, limits and features; `address` None is the server of other commands."""
    _show(context=context, as_json=as_json, **(dict.fromkeys(CONNECTION) | {"server": address}))


@client_command
async def _show(remote: Remote, *, as_json: bool) -> None:
    from emo_grpc.cli.terminal.message_texts import as_dict  # noqa: PLC0415 - see app
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        info = await remote.client.server.info()
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        raise Refusal(f"the server at {remote.connection.target} is too old to say what it is", FAILED) from error
    told = as_dict(info)
    limits = told.get("limits")
    if isinstance(limits, dict) and "pages" in limits:
        limits["pages"] = dict(sorted(limits["pages"].items()))  # maps of protobuf have no order
    if as_json:
        print_json(told)
    else:
        print_facts([*_facts(info), *_flat("", told.get("limits"))])


def _facts(info: "GetServerInfoResponse") -> Iterator[tuple[str, str]]:
    yield "server", info.version
    yield "contract", ", ".join(info.packages)
    yield "languages", ", ".join(info.languages)
    yield "features", ", ".join(field.name for field, _ in info.features.ListFields())


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Each value in nested dicts, by the dotted path that leads to it."""
    if not isinstance(value, dict):
        yield path, str(value or "")
        return
    for name, inner in value.items():
        yield from _flat(f"{path}.{name}" if path else str(name), inner)
