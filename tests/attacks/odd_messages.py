"""Requests as no client would make them, from what the contract says of each field."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types: https://protobuf.dev/programming-guides/encoding/#structure."""
FIXED: Final = {
    FieldDescriptor.TYPE_DOUBLE: FIXED64,
    FieldDescriptor.TYPE_FIXED64: FIXED64,
    FieldDescriptor.TYPE_SFIXED64: FIXED64,
    FieldDescriptor.TYPE_FLOAT: FIXED32,
    FieldDescriptor.TYPE_FIXED32: FIXED32,
    FieldDescriptor.TYPE_SFIXED32: FIXED32,
}
TEXTUAL: Final = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
UNKNOWN_NUMBERS: Final = (15, 999, (1 << 29) - 1)
DEEPEST: Final = 3
LARGEST: Final = 5 << 20
"""Bytes about which a message may grow: what is longer than 4 MiB no server reads."""
COST: Final = 50
"""Bytes that each value counts besides its own, so that there are not millions of short ones."""

INTEGERS: Final = (
    0, 1, 2, -1, 5, 127, 128, 1 << 20, (1 << 31) - 1, 1 << 31, -(1 << 31), 1 << 32, 253_402_300_799, 253_402_300_800,
    -62_135_596_801, 999_999_999, 1_000_000_000, (1 << 63) - 1, -(1 << 63),
)  # fmt: skip
BITS: Final = (0, 1, 0x7F800000, 0x7FC00000, 0x80000000, 0xFFFFFFFF, 0x7FF0 << 48, 0x7FF8 << 48, (1 << 64) - 1)
"""Also those of an infinity and of what is not a number (IEEE 754), in both widths."""
TEXTS: Final = (
    *(
        text.encode("utf-8", "surrogatepass")
        for text in (
            "", " ", "\0", "a\0b", "\n", "\x1b[31m", "\x7f", "\x80", "\ufeff", "\u202eabc", "a\u200db", "\ud800",
            "\U0010ffff", "e\u0301", "é", "İ", "ß", "ﷺ", "\U0001f469\u200d\U0001f467", "\u0301" * 1_000, "a" * 129,
            "a" * 5_000, "é" * 100_000, "\U0001f642" * 1_000, "../../etc/passwd", "/", "%00", "%s%n", "{}", "$where",
            "a.b", "$.x", "' OR 1=1 --", "\\", '"', "null", "NaN", "-0", "1e999", "true", "*", "asset", "a..b",
            "title,title", "__class__", "title desc", "create_time", "create_time asc,", f"{UUID(int=0)}",
            f"{UUID(int=(1 << 128) - 1)}", "eyJhbGciOiJub25lIn0.e30.", "a@b", "a@b.cd", "@", "a@@b.cd",
            "a@" + "b" * 300 + ".cd", "en", "xx-YY-zz-1", "image/jpeg", "image/", "text/plain; charset=x",
        )
    ),
    b"\xff", b"\xc0\x80", b"\xf8\x88\x80\x80\x80", b"a\xe2\x82",
)  # fmt: skip
"""Some are no UTF-8 at all."""


class OddMessages:
    """Makes bytes of messages, some right, most a little wrong, some nonsense.

    `known`: for a field's name, what may well stand there, so that some requests come further than their first check.
    """

    def __init__(self, random: Random, known: Mapping[str, Sequence[str]]) -> None:
        self._random = random
        self._known = known
        self._room = 0

    def make(self, descriptor: Descriptor) -> bytes:
        """The bytes of one."""
        self._room = LARGEST
        oddness = self._random.choice((0.0, 0.1, 0.3, 1.0))
        return self._bent(self._message(descriptor, oddness, 0))

    def _bent(self, raw: bytes) -> bytes:
        how = self._random.random()
        if how < 0.05:
            return raw[: self._random.randint(0, len(raw))]
        if how < 0.1:
            return self._random.randbytes(self._random.randint(1, 200))
        if how < 0.15 and raw:
            place = self._random.randrange(min(len(raw), 500))
            return raw[:place] + bytes([raw[place] ^ 1 << self._random.randrange(8)]) + raw[place + 1 :]
        return raw

    def _message(self, descriptor: Descriptor, oddness: float, depth: int) -> bytes:
        fields = [self._field(field, oddness, depth) for field in descriptor.fields if self._random.random() < 0.8]
        if self._is_odd(oddness):
            self._random.shuffle(fields)
        if self._is_odd(oddness / 2):
            fields.append(self._unknown())
        return b"".join(fields)

    def _field(self, field: FieldDescriptor, oddness: float, depth: int) -> bytes:
        if field.containing_oneof is not None and self._random.random() >= oddness + 0.5:
            return b""
        count = self._random.choice((0, 1, 2, 3)) if field.is_repeated else 1
        if self._is_odd(oddness / 4):
            count = self._random.choice((0, 2, 50, 1_000 if field.type in FIXED or depth == 0 else 20))
        return b"".join(self._value(field, oddness, depth) for _ in range(count))

    def _value(self, field: FieldDescriptor, oddness: float, depth: int) -> bytes:
        if self._room < 0:
            return b""
        self._room -= COST
        if field.message_type is not None and not self._is_odd(oddness / 10):
            inner = self._message(field.message_type, oddness, depth + 1) if depth < DEEPEST else b""
            return delimited(field.number, inner)
        made = self._plain(field, oddness)
        self._room -= len(made)
        return made

    def _plain(self, field: FieldDescriptor, oddness: float) -> bytes:
        if field.message_type is not None or self._is_odd(oddness / 10):
            return self._of_another_type(field.number)
        if field.type in TEXTUAL:
            return delimited(field.number, self._text(field.name, oddness))
        if field.type in FIXED:
            return fixed(field.number, FIXED[field.type], self._random.choice(BITS))
        if self._is_odd(oddness):
            return number(field.number, self._random.choice(INTEGERS))
        return number(field.number, self._random.choice((0, 1, 2, 3)))

    def _text(self, name: str, oddness: float) -> bytes:
        known = self._known.get(name)
        if known is None or self._is_odd(oddness):
            return self._random.choice(TEXTS)
        return self._random.choice(known).encode()

    def _unknown(self) -> bytes:
        return self._of_another_type(self._random.choice(UNKNOWN_NUMBERS))

    def _of_another_type(self, field_number: int) -> bytes:
        made = (
            number(field_number, self._random.choice(INTEGERS)),
            delimited(field_number, self._random.choice(TEXTS)),
            fixed(field_number, FIXED32, self._random.choice(BITS)),
            fixed(field_number, FIXED64, self._random.choice(BITS)),
            varint(field_number << 3 | 3) * self._random.choice((1, 200)),  # groups that nobody ends
        )
        return self._random.choice(made)

    def _is_odd(self, oddness: float) -> bool:
        return self._random.random() < oddness


def varint(value: int) -> bytes:
    """A number in groups of seven bits; a negative one as 64 bits."""
    value &= (1 << 64) - 1
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def number(field_number: int, value: int) -> bytes:
    """A field that is a varint."""
    return varint(field_number << 3 | VARINT) + varint(value)


def delimited(field_number: int, value: bytes) -> bytes:
    """A field that begins with its length."""
    return varint(field_number << 3 | DELIMITED) + varint(len(value)) + value


def fixed(field_number: int, wire_type: int, bits: int) -> bytes:
    """A field of 32 or 64 bits."""
    size = 4 if wire_type == FIXED32 else 8
    return varint(field_number << 3 | wire_type) + (bits & (1 << 8 * size) - 1).to_bytes(size, "little")
