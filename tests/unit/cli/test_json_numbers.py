"""What `--json` makes of numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import emo_grpc.cli
from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2
from emo.server.v1 import server_pb2
from emo.users.v1 import users_pb2
from emo_grpc.cli.terminal.message_texts import as_dict

CONTRACT = [assets_pb2, audit_pb2, server_pb2, users_pb2]
KINDS = {
    kind.full_name: GetMessageClass(kind)
    for each in CONTRACT
    for kind in each.DESCRIPTOR.message_types_by_name.values()
}
NUMBER = 7
WHOLE = {
    getattr(FieldDescriptor, f"CPPTYPE_{sign}INT{bits}")
    for sign in ("", "U")
    for bits in (32, 64)
}  # fmt: skip
WRITES_A_FORMAT = {"assets/exports/export_format.py", "admin/exports/account_data.py"}
"""An export is read by other programs than this command, and is protobuf's JSON as docs/export-format.md says."""


# Any: the fields of any message.
def fill(message: Any) -> None:
    """Give each number in it, and in what it holds, a value."""
    for field in message.DESCRIPTOR.fields:
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            fill_map(getattr(message, field.name), inner.fields_by_name["value"])
        elif inner is not None and inner.full_name.startswith("emo."):
            found = getattr(message, field.name)
            fill(found.add() if field.is_repeated else found)
        elif field.cpp_type in WHOLE:
            setattr(message, field.name, NUMBER) if not field.is_repeated else getattr(message, field.name).append(
                NUMBER
            )


def fill_map(found: Any, values: FieldDescriptor) -> None:
    if values.message_type is not None:
        fill(found["a"])


def values_in(mapped: object) -> Iterator[object]:
    if isinstance(mapped, dict):
        for each in mapped.values():
            yield from values_in(each)
    elif isinstance(mapped, list):
        for each in mapped:
            yield from values_in(each)
    else:
        yield mapped


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_a_number(kind: str) -> None:
    """In any message of the contract, at any depth, in lists and in maps, of 32 bits or of 64."""
    message: Message = KINDS[kind]()
    fill(message)
    assert {type(value) for value in values_in(as_dict(message)) if str(value) == str(NUMBER)} <= {int}
    assert str(NUMBER) not in values_in(as_dict(message))


def test_large_numbers_stay_exact() -> None:
    """The largest of an int64, and negative ones."""
    stats = assets_pb2.GetAssetStatsResponse(used_bytes=2**63 - 1, total_bytes=-1)
    assert as_dict(stats) == {"used_bytes": 2**63 - 1, "total_bytes": -1}


def test_commands_make_json_in_one_way() -> None:
    """So that what holds for one holds for all; those that write a format of their own are named here."""
    root = Path(emo_grpc.cli.__file__).parent
    users = {str(path.relative_to(root)) for path in root.rglob("*.py") if "MessageToDict(" in path.read_text()}
    assert users == WRITES_A_FORMAT | {"terminal/message_texts.py"}
