"""The contract with its comments, which the generated stubs do not have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from emo.options.v1 import options_pb2

SERVICE, MESSAGE, ENUM = 6, 4, 5
"""Numbers of the fields of FileDescriptorProto; those of the three below have the number 2 in their parents."""
INNER: Final = 2
ERRORS: Final = re.compile(r"(?:^|\s)Errors: (.+?)\.?$")


@dataclass(frozen=True)
class Value:
    """A field of a message, or a value of an enum."""

    name: str
    type: str
    comment: str
    choice: str = ""


@dataclass(frozen=True)
class Type:
    """A message or an enum. `name` is full, without a dot before it."""

    name: str
    comment: str
    values: tuple[Value, ...]
    is_enum: bool = False


@dataclass(frozen=True)
class Rpc:
    """One RPC; `errors` is what its comment says of them, `comment` the rest."""

    name: str
    comment: str
    errors: str
    access: str
    permission: str
    request: str
    response: str
    streams: tuple[bool, bool]


@dataclass(frozen=True)
class Service:
    """One service, by its full name."""

    name: str
    comment: str
    rpcs: tuple[Rpc, ...]


@dataclass
class Contract:
    """All of it. Types by their full names."""

    services: list[Service] = field(default_factory=list)
    types: dict[str, Type] = field(default_factory=dict)

    @classmethod
    def read(cls, image: Path) -> "Contract":
        """From a descriptor set that was made with source info."""
        contract = cls()
        for file in FileDescriptorSet.FromString(image.read_bytes()).file:
            if file.package.startswith("emo."):
                contract.services += _services(file)
                contract.types |= {found.name: found for found in _types(file)}
        return contract


def without_errors(comment: str) -> tuple[str, str]:
    """What it says, and what it says of errors at its end."""
    found = ERRORS.search(comment)
    return (comment[: found.start()].strip(), found[1]) if found else (comment, "")


class _Comments:
    """Of one file, by the paths of SourceCodeInfo.Location."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._found = {tuple(at.path): " ".join(at.leading_comments.split()) for at in file.source_code_info.location}

    def __call__(self, *path: int) -> str:
        return self._found.get(path, "")


def _services(file: FileDescriptorProto) -> Iterator[Service]:
    said = _Comments(file)
    for at, service in enumerate(file.service):
        rpcs = []
        for number, method in enumerate(service.method):
            comment, errors = without_errors(said(SERVICE, at, INNER, number))
            options = method.options.Extensions
            rpcs.append(
                Rpc(
                    method.name,
                    comment,
                    errors,
                    options_pb2.Access.Name(options[options_pb2.access]),
                    options_pb2.ServicePermission.Name(options[options_pb2.service_permission]),
                    method.input_type.removeprefix("."),
                    method.output_type.removeprefix("."),
                    (method.client_streaming, method.server_streaming),
                )
            )
        yield Service(f"{file.package}.{service.name}", said(SERVICE, at), tuple(rpcs))


def _types(file: FileDescriptorProto) -> Iterator[Type]:
    said = _Comments(file)
    for at, message in enumerate(file.message_type):
        values = tuple(
            Value(one.name, _type_of(one, message), said(MESSAGE, at, INNER, number), _choice(one, message))
            for number, one in enumerate(message.field)
        )
        yield Type(f"{file.package}.{message.name}", said(MESSAGE, at), values)
    for at, enum in enumerate(file.enum_type):
        yield Type(f"{file.package}.{enum.name}", said(ENUM, at), _enum_values(enum, said, at), is_enum=True)


def _enum_values(enum: EnumDescriptorProto, said: _Comments, at: int) -> tuple[Value, ...]:
    return tuple(
        Value(one.name, str(one.number), said(ENUM, at, INNER, number)) for number, one in enumerate(enum.value)
    )


def _type_of(one: FieldDescriptorProto, message: DescriptorProto) -> str:
    """As protos write it, with full names."""
    repeated = one.label == FieldDescriptorProto.LABEL_REPEATED
    for nested in message.nested_type:
        if repeated and nested.options.map_entry and one.type_name.endswith(f".{message.name}.{nested.name}"):
            key, value = (_type_of(inner, nested) for inner in nested.field)
            return f"map from `{key}` to {value}"
    name = one.type_name.removeprefix(".") or FieldDescriptorProto.Type.Name(one.type).removeprefix("TYPE_").lower()
    return f"repeated {name}" if repeated else name


def _choice(one: FieldDescriptorProto, message: DescriptorProto) -> str:
    """The oneof that it belongs to; `optional` is one that only the compiler knows."""
    is_real = one.HasField("oneof_index") and not one.proto3_optional
    return message.oneof_decl[one.oneof_index].name if is_real else ""
