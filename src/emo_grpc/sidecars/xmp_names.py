"""Which XMP file belongs to which other one, by their names.

`IMG.jpg.xmp` is about `IMG.jpg` alone, as darktable and digiKam write it; `IMG.xmp`, as Adobe's programs do, about all
that are called `IMG` with any extension.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

SUFFIX: Final = ".xmp"


class XmpNames:
    """The XMP files of one folder, by the names that they are about, in lower case."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_stem = {name[: -len(SUFFIX)].lower(): name for name in names if name.lower().endswith(SUFFIX)}

    def sidecar_of(self, name: str) -> str | None:
        """The name of the XMP file about this one, if there is one."""
        return self._by_stem.get(name.lower()) or self._by_stem.get(PurePosixPath(name).stem.lower())
