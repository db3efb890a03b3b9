"""Writes the page."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from scripts.api_page.contract import Contract, Rpc, Service, Type, Value, without_errors
from scripts.api_page.errors import ACCESS, REASONS, Errors, errors_in, errors_of_access, errors_of_any_call
from scripts.api_page.examples import EXAMPLES, command

HEAD: Final = """\
# API

Every RPC of emo with what it takes, gives and refuses. `make protos` writes this page from the comments in
[protos/](../protos/emo); `make check-protos` fails when it is stale.

A call of an RPC that is not PUBLIC carries the metadata `authorization: Bearer <access token>`; any may carry
`accept-language`, which the sentences in errors follow. The trailer `x-request-id` finds a call in the server's log.
Texts are counted in characters, which are Unicode code points. Examples are for
[grpcurl](../README.md#the-same-with-grpcurl), with the token of [Login](#login) in `$TOKEN`. What to do about an error:
[errors.md](errors.md). How files go up and down: [transfer-protocol.md](transfer-protocol.md).

Each limit stands in the comment of what it bounds; as numbers, with those that the operator has set,
[GetServerInfo](#getserverinfo) answers with all of them, so that a client can check before it sends.
"""
DETAIL: Final = re.compile(r"(`[^`]*`)")
WELL_KNOWN: Final = "google.protobuf."


def page_of(contract: Contract) -> str:
    """All of it, in Markdown."""
    return "\n".join(
        chain([HEAD], _access(contract), *(_service(contract, one) for one in contract.services), _types(contract))
    )


def _access(contract: Contract) -> Iterator[str]:
    yield "## Who may call\n"
    yield from _table("access", "who", "errors beside those of the RPC")
    errors = errors_of_access(contract)
    yield _row("any", "", _listed(errors_of_any_call(contract)))
    for value in contract.types[ACCESS].values[1:]:
        yield _row(f"`{value.name}`", without_errors(value.comment)[0], _listed(errors[value.name]))
    yield ""


def _service(contract: Contract, service: Service) -> Iterator[str]:
    package, _, name = service.name.rpartition(".")
    yield f"## {name}\n\n`{package}`. {_text(service.comment)}\n"
    for rpc in service.rpcs:
        yield from _rpc(contract, service, rpc)


def _rpc(contract: Contract, service: Service, rpc: Rpc) -> Iterator[str]:
    yield f"### {rpc.name}\n\n{_text(rpc.comment)}\n"
    permission = rpc.permission.removeprefix("SERVICE_PERMISSION_")
    services = "" if permission == "UNSPECIFIED" else f", or a service with {permission}"
    yield f"Access: `{rpc.access}`{services}. Errors: {_listed(errors_in(rpc.errors)) or 'none of its own'}.\n"
    yield from _message("takes", contract.types[rpc.request], is_stream=rpc.streams[0])
    yield from _message("gives", contract.types[rpc.response], is_stream=rpc.streams[1])
    yield f"```text\n{command(service.name, rpc, EXAMPLES[rpc.name])}\n```\n"


def _message(verb: str, message: Type, *, is_stream: bool) -> Iterator[str]:
    what = f"a stream of `{_short(message.name)}`" if is_stream else f"`{_short(message.name)}`"
    if not message.values:
        yield f"It {verb} {what}, which is empty.\n"
        return
    yield f"It {verb} {what}:\n"
    yield from _fields(message.values)


def _fields(values: Iterable[Value]) -> Iterator[str]:
    yield from _table("field", "type", "what it is")
    for value in values:
        choice = f", one of `{value.choice}`" if value.choice else ""
        yield _row(f"`{value.name}`", f"{_type(value.type)}{choice}", value.comment)
    yield ""


def _types(contract: Contract) -> Iterator[str]:
    """Those that are no request or response, and not the reasons, which have a page of their own."""
    told = {name for service in contract.services for rpc in service.rpcs for name in (rpc.request, rpc.response)}
    yield "## Types\n"
    for found in contract.types.values():
        if found.name in told | {REASONS, ACCESS}:
            continue
        yield f"### {_short(found.name)}\n\n`{found.name}`. {_text(found.comment)}\n"
        if found.is_enum:
            yield from _table("value", "number", "what it means")
            yield from (_row(f"`{value.name}`", value.type, value.comment) for value in found.values)
            yield ""
        else:
            yield from _fields(found.values)


def _listed(errors: Errors) -> str:
    return "; ".join(
        f"{code} " + ", ".join(f"`{reason}`" for reason in dict.fromkeys(reasons)) for code, reasons in errors.items()
    )


def _type(name: str) -> str:
    *before, last = name.split(" ")
    short = _short(last)
    if last.startswith("emo."):
        short = f"[{short}](#{short.lower()})"
    return " ".join([*before, short if last.startswith(("emo.", WELL_KNOWN)) else f"`{short}`"])


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _text(comment: str) -> str:
    """What would mean something in Markdown means itself."""
    parts = DETAIL.split(comment)
    return "".join(part if part.startswith("`") else re.sub(r"([<>*|\[\]])", r"\\\1", part) for part in parts)


def _table(*headings: str) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|---" * len(headings) + "|"


def _row(first: str, second: str, comment: str) -> str:
    return f"| {first} | {second} | {_text(comment)} |"
