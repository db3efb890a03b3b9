"""The format of an export; docs/export-format.md tells it to others. What is read here may be anybody's.

files/…        each file in its folder
trash/…        those that are in the trash
assets.jsonl   a line of JSON for each asset
account.json   what is known of the account, if an operator has made the export
manifest.json  what it is, and the checksums of the two files above
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from emo.assets.v1.assets_pb2 import Asset

FORMAT: Final = "emo-export"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ASSETS: Final = "assets.jsonl"
ACCOUNT: Final = "account.json"
FILES: Final = "files"
TRASH: Final = "trash"
README: Final = "README.txt"
README_TEXT: Final = """This is an export of a vault of emo.

files/         your files, in their folders
trash/         files that were in the trash, if they were asked for
assets.jsonl   what you have said of them: a line of JSON for each, where "path" names the file
account.json   what is known of your account, if an operator has made this export
manifest.json  when and with what it was made, how much it holds, and checksums

All texts are UTF-8. What is empty, 0, false or not known is left out of "asset". Times are RFC 3339.
"event_date" is the first moment of what is known of a date, and "event_precision" says how much that is: its
year, month, day or second. Read it in "event_zone" (a name of the IANA time zone database, or an offset from UTC;
left out: UTC), or it may be of the day before or after: 1993-12-31T23:00:00Z with DATE_PRECISION_YEAR and
Europe/Madrid is the year 1994.
"crc32c" is the CRC-32C of all bytes of a file, as iSCSI has it (RFC 3720): of the nine bytes
123456789 it is 3808858755.

Any program can read it. To bring it back into a vault of emo: emo import PATH
"""

MAX_MANIFEST_BYTES: Final = 1 << 20
MAX_RECORD_BYTES: Final = 1 << 20
"""Of a line: an asset's texts have at most 60 KiB in UTF-8, and JSON may make six bytes of each."""
MAX_PATH: Final = 8192
"""Characters of where a file is: a folder has at most 1,024 bytes and a name 255 characters."""


class NoExport(Exception):
    """It is no export, or none that can be read; its text says why, for people."""


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """An asset, and where in the export its file is; "" if it is not there, and `problem` says why."""

    asset: Asset
    path: str = ""
    problem: str = ""

    def to_line(self) -> bytes:
        """With the line end."""
        content: dict[str, object] = {"path": self.path or None}
        if self.problem:
            content["problem"] = self.problem
        content["asset"] = MessageToDict(self.asset, preserving_proto_field_name=True)
        return json.dumps(content, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Raises NoExport. What a later release may have added is passed over."""
        if len(line) > MAX_RECORD_BYTES:
            raise NoExport(f"the line has more than {MAX_RECORD_BYTES:,} bytes")
        content = _object(line)
        try:
            asset = ParseDict(content["asset"], Asset(), ignore_unknown_fields=True)
        except (KeyError, ParseError, TypeError, AttributeError, RecursionError, OverflowError):
            raise NoExport("there is no asset in it") from None
        path = _text(content.get("path"))
        if len(path) > MAX_PATH:
            raise NoExport(f"where its file is has more than {MAX_PATH:,} characters")
        return cls(asset, path, _text(content.get("problem")))


@dataclass(frozen=True, slots=True)
class FileSum:
    """Bytes of a file, and the CRC-32C of all of them."""

    size_bytes: int
    crc32c: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportManifest:
    """What an export is. `create_time`: RFC 3339. Without `is_complete` it was broken off, and has no sums yet."""

    create_time: str
    emo_version: str
    is_complete: bool = False
    asset_count: int = 0
    file_count: int = 0
    file_bytes: int = 0
    missing_count: int = 0
    sums: Mapping[str, FileSum]

    def to_bytes(self) -> bytes:
        """For people, too."""
        content: dict[str, object] = {
            "format": FORMAT,
            "version": VERSION,
            "create_time": self.create_time,
            "emo_version": self.emo_version,
            "is_complete": self.is_complete,
            "asset_count": self.asset_count,
            "file_count": self.file_count,
            "file_bytes": self.file_bytes,
            "missing_count": self.missing_count,
            "sums": {
                name: {"size_bytes": each.size_bytes, "crc32c": each.crc32c} for name, each in sorted(self.sums.items())
            },
        }
        return json.dumps(content, indent=2).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises NoExport, also for one of a later format."""
        content = _object(data)
        if content.get("format") != FORMAT:
            raise NoExport("it is no export of emo")
        if content.get("version") != VERSION:
            raise NoExport("it was made by a later release of emo, which has another format: get that one")
        sums = content.get("sums")
        return cls(
            create_time=_text(content.get("create_time")),
            emo_version=_text(content.get("emo_version")),
            is_complete=content.get("is_complete") is True,
            asset_count=_number(content.get("asset_count")),
            file_count=_number(content.get("file_count")),
            file_bytes=_number(content.get("file_bytes")),
            missing_count=_number(content.get("missing_count")),
            sums={
                str(name): FileSum(_number(each.get("size_bytes")), _number(each.get("crc32c")))
                for name, each in (sums if isinstance(sums, dict) else {}).items()
                if isinstance(each, dict)
            },
        )


# Any: what JSON of others has.
def _object(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode()
        found = json.loads(text)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # raises ValueError for half a pair of surrogates
    except (ValueError, RecursionError):
        raise NoExport("it is no JSON") from None
    if not isinstance(found, dict):
        raise NoExport("it is no JSON object")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
