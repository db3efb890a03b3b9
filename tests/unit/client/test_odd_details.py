"""Details of errors that no server of ours sends."""

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from emo_grpc.client.rpc_errors import from_rpc

RETRY = "type.googleapis.com/google.rpc.RetryInfo"


def error_with(details: bytes) -> grpc.aio.AioRpcError:
    trailers = grpc.aio.Metadata(("grpc-status-details-bin", details))
    return grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), trailers, details="away")


def packed(*, seconds: int) -> Any:
    made = Any()
    made.Pack(RetryInfo(retry_delay=Duration(seconds=seconds)))
    return made


@pytest.mark.parametrize(
    "details",
    [
        b"\xff\xff\xff",
        Status(details=[Any(type_url=RETRY, value=b"\xff\xff")]).SerializeToString(),
        Status(details=[packed(seconds=2**62)]).SerializeToString(),
        Status(details=[packed(seconds=-(2**62))]).SerializeToString(),
    ],
)
def test_details_that_can_not_be_read_leave_the_error(details: bytes) -> None:
    """Its code and its sentence say enough."""
    found = from_rpc(error_with(details))
    assert (found.code, found.message, found.retry_after) == (grpc.StatusCode.UNAVAILABLE, "away", None)


def test_details_beside_them_count() -> None:
    """One that is damaged takes no other with it."""
    info = Any()
    info.Pack(ErrorInfo(reason="ENGINE_UNAVAILABLE"))
    status = Status(details=[Any(type_url=RETRY, value=b"\xff\xff"), info])
    assert from_rpc(error_with(status.SerializeToString())).reason == "ENGINE_UNAVAILABLE"
