"""How these tests read errors and log lines."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from rpc.shared.conftest import Trial
from waiting import until

Lines = list[MutableMapping[str, Any]]


async def last_line(lines: Lines) -> MutableMapping[str, Any]:
    """The call's line; the server writes it a moment after the client has its answer."""
    await until(lambda: lines and lines[-1]["event"] == "call", shown=lambda: lines)
    return lines[-1]


async def running(trial: Trial, count: int) -> None:
    """Wait until so many calls are under way at the server, whatever their clients know."""
    await until(lambda: trial.server.running_calls == count, shown=lambda: trial.server.running_calls)


def details(error: grpc.aio.AioRpcError, kind: Any) -> Any:
    """The detail of that type, or None."""
    status = rpc_status.from_call(error)
    assert status is not None
    found = kind()
    return found if any(detail.Unpack(found) for detail in status.details) else None


def reason(error: grpc.aio.AioRpcError) -> str:
    """The reason of its ErrorInfo."""
    info = details(error, error_details_pb2.ErrorInfo)
    assert info.domain == "emo"
    return str(info.reason)


async def failure(trial: Trial, kind: str, *values: bytes, **options: Any) -> grpc.aio.AioRpcError:
    """The error of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asyncio.wait_for(trial.answers(kind, *values, **options), 10)
    return caught.value
