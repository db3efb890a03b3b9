"""Server reflection in both of its versions.

grpcio-reflection has only v1alpha; v1 has the same messages under another package name, so the same servicer
answers for both (newer clients ask v1 first).
"""

from collections.abc import Iterable
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, text_format
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

V1: Final = "grpc.reflection.v1.ServerReflection"
V1ALPHA: Final = "grpc.reflection.v1alpha.ServerReflection"


def add_reflection(server: grpc.aio.Server, services: Iterable[str]) -> None:
    """Serve the descriptors of `services` (full names), and of reflection itself."""
    _describe_v1()
    servicer = _Reflection((*services, V1, V1ALPHA))
    method = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for name in (V1, V1ALPHA):
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method}),))


class _Reflection(ReflectionServicer):  # type: ignore[misc] # grpcio-reflection ships no types
    """Finds the files of methods and fields too, which the pool knows only by what they are part of."""

    # Any: as above.
    def _file_containing_symbol(self, request: Any, symbol: str) -> Any:
        response = super()._file_containing_symbol(request, symbol)
        whole = symbol.rpartition(".")[0]
        if whole and response.HasField("error_response"):
            within = super()._file_containing_symbol(request, whole)
            return response if within.HasField("error_response") else within
        return response


def _describe_v1() -> None:
    alpha = descriptor_pb2.FileDescriptorProto()
    reflection_pb2.DESCRIPTOR.CopyToProto(alpha)
    v1 = text_format.Parse(
        text_format.MessageToString(alpha).replace("v1alpha", "v1"), descriptor_pb2.FileDescriptorProto()
    )
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(v1.name)
    except KeyError:
        pool.AddSerializedFile(v1.SerializeToString())
