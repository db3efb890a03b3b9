"""What an S3 tells of what it stores."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MULTIPART_ETAG: Final = re.compile("[0-9a-f]{32}-([0-9]+)")
"""Of an object made of parts: the MD5 of their binary MD5 sums, and their number. Nowhere written, everywhere done."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing or HEAD shows it. `is_md5_etag`: its ETag comes from the MD5 sums of its parts.

    `time`: when it was completed, or on some stores when its upload began.
    """

    name: str
    size: int
    time: datetime
    etag: str
    is_md5_etag: bool = False

    @property
    def part_count(self) -> int | None:
        """Of how many parts it was made, where the store tells."""
        of_parts = MULTIPART_ETAG.fullmatch(self.etag)
        return None if of_parts is None else int(of_parts[1])


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """One that was begun and neither completed nor aborted."""

    name: str
    upload_id: str
    begin_time: datetime
