"""What the contract says of an RPC."""

from dataclasses import dataclass
from typing import Final, Self

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.meters import UNKNOWN_RPC, Rpc

SERVICE_PERMISSIONS: Final = {
    options_pb2.SERVICE_PERMISSION_ACT_FOR_USERS: ServicePermission.ACT_FOR_USERS,
    options_pb2.SERVICE_PERMISSION_READ_ALL: ServicePermission.READ_ALL,
    options_pb2.SERVICE_PERMISSION_REGISTER_USERS: ServicePermission.REGISTER_USERS,
    options_pb2.SERVICE_PERMISSION_ADMIN: ServicePermission.ADMIN,
}
KINDS: Final = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
"""By what streams: requests, responses."""
PUBLIC_SERVICES: Final = frozenset(
    {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
)
"""Services of gRPC itself, which carry no access option. They answer at any load and
without a token, but their streams are limited."""


@dataclass(frozen=True, slots=True)
class Method:
    """An RPC. `path` is as on the wire (`/package.Service/Name`), `scope` the second segment of its package.

    `is_stream`: in either direction, so a call of it may run for long, or have no end. `service_permission` is what a
    service needs for it, if not ADMIN; None: no other will do. `rpc` is what it is measured as.
    """

    path: str
    access: options_pb2.Access.ValueType
    scope: str
    is_infrastructure: bool = False
    is_stream: bool = False
    service_permission: ServicePermission | None = None
    rpc: Rpc = UNKNOWN_RPC

    @property
    def is_known(self) -> bool:
        """Whether this server has it: others are whatever strangers make up."""
        return self.is_infrastructure or bool(self.scope)

    @property
    def names(self) -> tuple[str, str]:
        """The full name of its service, and its own."""
        service, _, name = self.path.removeprefix("/").rpartition("/")
        return service, name

    @classmethod
    def of(cls, path: str) -> Self:
        """Read it from the contract; an RPC of no known contract has no access declared."""
        service, _, name = path.removeprefix("/").rpartition("/")
        method = _described(f"{service}.{name}")
        is_stream, rpc = _is_stream(method), Rpc(_kind(method), service, name)
        if service in PUBLIC_SERVICES:
            return cls(path, options_pb2.ACCESS_PUBLIC, "", is_infrastructure=True, is_stream=is_stream, rpc=rpc)
        segments = service.split(".")
        scope = segments[1] if len(segments) > 1 else ""
        if method is None:
            return cls(path, options_pb2.ACCESS_UNSPECIFIED, scope, rpc=rpc)
        options = method.GetOptions().Extensions
        permission = SERVICE_PERMISSIONS.get(options[options_pb2.service_permission])
        access = options[options_pb2.access]
        return cls(path, access, scope, is_stream=is_stream, service_permission=permission, rpc=rpc)


def _described(name: str) -> MethodDescriptor | None:
    try:
        return descriptor_pool.Default().FindMethodByName(name)
    except KeyError:
        return None


def _is_stream(method: MethodDescriptor | None) -> bool:
    return method is not None and (method.client_streaming or method.server_streaming)


def _kind(method: MethodDescriptor | None) -> str:
    if method is None:
        return "unknown"
    return KINDS[method.client_streaming, method.server_streaming]
