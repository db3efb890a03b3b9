"""Renaming a tag, a person or a place over all assets of an owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emo_grpc.assets.domain.asset import MAX_LOCATION, MAX_PERSON, MAX_TAG, Description
from emo_grpc.assets.domain.usage import LABEL_FACTOR
from emo_grpc.shared.domain.text import Violations


class LabelKind(StrEnum):
    """What assets are found by that people name, by the names of the facets (see `listing`)."""

    TAG = "tag"
    PERSON = "person"
    LOCATION = "location"


MAXIMA: Final[Mapping[LabelKind, int]] = {
    LabelKind.TAG: MAX_TAG,
    LabelKind.PERSON: MAX_PERSON,
    LabelKind.LOCATION: MAX_LOCATION,
}


@dataclass(frozen=True, slots=True)
class LabelRename:
    """From what to what. An asset that has the new one already keeps it once."""

    kind: LabelKind
    label: str
    new_label: str

    def __post_init__(self) -> None:
        violations, maximum = Violations(), MAXIMA[self.kind]
        violations.text(self.kind, self.label, minimum=1, maximum=maximum)
        violations.text(f"new_{self.kind}", self.new_label, minimum=1, maximum=maximum)
        if self.label == self.new_label:
            violations.add(f"new_{self.kind}", "must be another one")
        violations.raise_if_any()

    @property
    def metadata_bytes(self) -> int:
        """By how much an asset that has it grows at most, or less than 0."""
        return LABEL_FACTOR * (len(self.new_label.encode()) - len(self.label.encode()))

    def of(self, said: Description) -> Description:
        """What is said of an asset then."""
        tags, people, location = said.tags, said.people, said.location
        if self.kind is LabelKind.TAG:
            tags = self._renamed(tags)
        elif self.kind is LabelKind.PERSON:
            people = self._renamed(people)
        elif location == self.label:
            location = self.new_label
        return said.relabelled(tags=tags, people=people, location=location)

    def _renamed(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.new_label if each == self.label else each for each in labels))
