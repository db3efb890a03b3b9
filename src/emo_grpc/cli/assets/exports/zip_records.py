"""The records of a ZIP file, by PKWARE APPNOTE.TXT 6.3.10, section 4.3, with ZIP64 where it is needed.

zipfile writes them, too, but goes on only with a file that was ended, and remembers each of its entries.
"""

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from struct import Struct, unpack
from typing import BinaryIO, Final

LOCAL: Final = Struct("<4s5H3L2H")
CENTRAL: Final = Struct("<4s6H3L5H2L")
END: Final = Struct("<4s4H2LH")
END64: Final = Struct("<4sQ2H2L4Q")
LOCATOR64: Final = Struct("<4sLQL")
LOCAL_SIGNATURE: Final = b"PK\x03\x04"
FILE_MODE: Final = 0o600
"""Only who makes an export may read it."""
UNIX: Final = 3 << 8
"""What made it: 4.4.2.2; so its modes are those of Unix."""
VERSION64: Final = 45
"""4.4.3.2: of ZIP64."""
ID64: Final = 1
"""4.5.3: of the field with sizes of 64 bits."""
IN_FIELD64: Final = 0xFFFFFFFF
COUNT_IN_END64: Final = 0xFFFF
UTF8_NAME: Final = 0x800
"""4.4.4, bit 11: the name is UTF-8."""
CRC_AT: Final = 14
"""Where a local header has the CRC-32, and behind it both sizes."""

Moment = tuple[int, int, int, int, int, int]
"""Year, month, day, hour, minute, second."""


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands before the bytes of an entry that is packed no smaller. `record`: all of it."""

    name: bytes
    flags: int
    method: int
    time: int
    date: int
    crc32: int
    size: int
    record: bytes

    @classmethod
    def read(cls, file: BinaryIO, offset: int) -> "LocalHeader | None":
        """The one there; None if there is no whole one. Raises OSError."""
        file.seek(offset)
        fixed = file.read(LOCAL.size)
        if len(fixed) < LOCAL.size or not fixed.startswith(LOCAL_SIGNATURE):
            return None
        _, _, flags, method, time, date, crc32, _, size, name_length, extra_length = LOCAL.unpack(fixed)
        rest = file.read(name_length + extra_length)
        if len(rest) < name_length + extra_length:
            return None
        if size == IN_FIELD64:
            size = _size64(rest[name_length:])
        return cls(rest[:name_length], flags, method, time, date, crc32, size, fixed + rest)

    @property
    def length(self) -> int:
        """Of the record in bytes."""
        return len(self.record)

    @property
    def is_as_written(self) -> bool:
        """Whether zipfile writes just this for a file of this name, size, CRC-32 and time: so no bit of it is lost.

        But for a bit of the time, if that is one still.
        """
        with suppress(ValueError):  # of a name that is no UTF-8, and of a time that there is not
            info = entry_named(self.name.decode(), self._moment())
            info.file_size = info.compress_size = self.size
            info.CRC = self.crc32
            return info.FileHeader() == self.record
        return False

    def _moment(self) -> Moment:
        """Of MS-DOS, which counts seconds in twos: 4.4.6. Raises ValueError."""
        date, time = self.date, self.time
        day = ((date >> 9) + 1980, date >> 5 & 15, date & 31)
        moment = datetime(*day, time >> 11, time >> 5 & 63, 2 * (time & 31))  # noqa: DTZ001 - ZIP has no zones
        return (*day, moment.hour, moment.minute, moment.second)

    def central(self, offset: int) -> bytes:
        """Its record in the list at the end of the file, where it stands at `offset`."""
        large = [value for value in (self.size, self.size, offset) if value > zipfile.ZIP64_LIMIT]
        extra = Struct(f"<2H{len(large)}Q").pack(ID64, 8 * len(large), *large) if large else b""
        size = IN_FIELD64 if self.size > zipfile.ZIP64_LIMIT else self.size
        at = IN_FIELD64 if offset > zipfile.ZIP64_LIMIT else offset
        fixed = CENTRAL.pack(
            b"PK\x01\x02", UNIX | VERSION64, VERSION64 if large else 20, self.flags, self.method, self.time, self.date,
            self.crc32, size, size, len(self.name), len(extra), 0, 0, 0, FILE_MODE << 16, at,
        )  # fmt: skip
        return fixed + self.name + extra


def entry_named(name: str, moment: Moment) -> zipfile.ZipInfo:
    """An entry whose name is UTF-8 unless it is ASCII: from Python 3.14 on, zipfile asks to be told so, else it writes
    what it can in code page 437, where other programs find other letters.
    """
    info = zipfile.ZipInfo(name, moment)
    info.flag_bits = 0 if name.isascii() else UTF8_NAME
    return info


def end_records(count: int, size: int, offset: int) -> bytes:
    """What stands after a list of `count` records and `size` bytes, which begins at `offset`."""
    before = b""
    if count > zipfile.ZIP_FILECOUNT_LIMIT or max(size, offset) > zipfile.ZIP64_LIMIT:
        before = END64.pack(
            b"PK\x06\x06", END64.size - 12, UNIX | VERSION64, VERSION64, 0, 0, count, count, size, offset
        )
        before += LOCATOR64.pack(b"PK\x06\x07", 0, offset + size, 1)
        count, size, offset = min(count, COUNT_IN_END64), min(size, IN_FIELD64), min(offset, IN_FIELD64)
    return before + END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def _size64(extra: bytes) -> int:
    """The first number of the field of ZIP64, which comes first in what zipfile writes; 4 GiB - 1 if there is none."""
    if len(extra) < 20 or unpack("<2H", extra[:4]) != (ID64, 16):
        return IN_FIELD64
    size: int = unpack("<Q", extra[4:12])[0]
    return size
