"""Which JSON file of a Takeout belongs to which photo, by their names.

The rules, seen in exports of 2018 to 2025: the sidecar of `IMG.jpg` is `IMG.jpg.json`, later
`IMG.jpg.supplemental-metadata.json`. Before `.json` it has at most 46 characters; the rest is cut off. The number of a
second `IMG(1).jpg` stands at the end: `IMG.jpg(1).json`. An edited copy, and the video of a live photo, have none of
their own.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

SUFFIX: Final = ".json"
ADDITION: Final = ".supplemental-metadata"
LONGEST: Final = 46
NUMBERED: Final = re.compile(r"(?P<name>.*)(?P<number>\(\d{1,6}\))", re.DOTALL | re.ASCII)
EDITED: Final = re.compile(
    "-(edited|bearbeitet|editado|editada|editat|modifié|modificato|bewerkt|redigerad|redigeret|edytowane|upravené"
    "|muokattu|編集済み|已修改|수정됨|изменено)$"
)
"""What Google adds to the name of a copy, in the language of the account."""
MOVING: Final = frozenset({".mp4", ".mov", ".mp"})
STILL: Final = (".HEIC", ".heic", ".JPG", ".jpg", ".JPEG", ".jpeg", ".DNG", ".dng")


class TakeoutNames:
    """The JSON files of one folder, by the names that they are about."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_stem: dict[tuple[str, str], str] = {}
        for name in names:
            if name.lower().endswith(SUFFIX):
                stem = name[: -len(SUFFIX)]
                self._by_stem[(stem, "")] = name
                numbered = NUMBERED.fullmatch(stem)
                if numbered:
                    self._by_stem[(numbered["name"], numbered["number"])] = name

    def sidecar_of(self, name: str) -> str | None:
        """The name of the JSON file about this one, if there is one."""
        own = self._find(name)
        if own is not None:
            return own
        path = PurePosixPath(name)
        stem, number = _split_number(path.stem)
        original = EDITED.sub("", stem)
        if original != stem:
            return self._find(f"{original}{number}{path.suffix}") or self._beside_still(f"{original}{number}")
        return self._beside_still(path.stem) if path.suffix.lower() in MOVING else None

    def _find(self, name: str) -> str | None:
        path = PurePosixPath(name)
        stem, number = _split_number(path.stem)
        of_name = ((candidate, "") for candidate in _candidates(name))
        of_numbered = ((candidate, number) for candidate in _candidates(f"{stem}{path.suffix}") if number)
        for key in (*of_name, *of_numbered):
            if key in self._by_stem:
                return self._by_stem[key]
        return None

    def _beside_still(self, name: str) -> str | None:
        """That of a photo with the same name, whatever its kind."""
        found = (self._find(f"{name}{suffix}") for suffix in STILL)
        return next((each for each in found if each is not None), None)


def _split_number(stem: str) -> tuple[str, str]:
    numbered = NUMBERED.fullmatch(stem)
    return (numbered["name"], numbered["number"]) if numbered else (stem, "")


def _candidates(name: str) -> Iterator[str]:
    """What the stem of its sidecar may be, the longest first."""
    whole = f"{name}{ADDITION}"
    for length in range(len(whole), len(name) - 1, -1):
        yield whole[:length]
    if len(name) > LONGEST:
        yield name[:LONGEST]
