"""All RPCs of the contract."""

from importlib import import_module
from pathlib import Path

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from emo.users.v1 import users_pb2

_STUBS = Path(users_pb2.__file__).parents[2]
FILES: list[FileDescriptor] = [
    import_module(".".join(("emo", *path.relative_to(_STUBS).with_suffix("").parts))).DESCRIPTOR
    for path in sorted(_STUBS.glob("*/v*/*_pb2.py"))
]
"""All files of the contract, so that a new service is attacked without anybody thinking of it."""
METHODS: list[MethodDescriptor] = [
    method for file in FILES for service in file.services_by_name.values() for method in service.methods
]


def path_of(method: MethodDescriptor) -> str:
    """What a call of it begins with."""
    return f"/{method.containing_service.full_name}/{method.name}"
