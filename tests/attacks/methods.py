"""All RPCs of the contract."""

from google.protobuf.descriptor import MethodDescriptor

from emo.assets.v1 import assets_pb2
from emo.users.v1 import users_pb2

METHODS: list[MethodDescriptor] = [
    method
    for file in (users_pb2.DESCRIPTOR, assets_pb2.DESCRIPTOR)
    for service in file.services_by_name.values()
    for method in service.methods
]


def path_of(method: MethodDescriptor) -> str:
    """What a call of it begins with."""
    return f"/{method.containing_service.full_name}/{method.name}"
