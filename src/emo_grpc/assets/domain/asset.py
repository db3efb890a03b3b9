"""The asset: a file that a person keeps, and what is said of it."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from emo_grpc.assets.domain.content import StoredContent, WrappedKey
from emo_grpc.assets.domain.errors import AssetInTrash, AssetNotInTrash, FileAlreadyComplete
from emo_grpc.assets.domain.event_date import DatePrecision, check_event_date
from emo_grpc.assets.domain.events import AssetDeleted
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.folder import check_place, labels_of
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import metadata_bytes_of
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import EtagMismatch
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations

MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 5000
MAX_LOCATION: Final = 200
MAX_LABELS: Final = 50
MAX_TAG: Final = 50
MAX_PERSON: Final = 100


class AssetState(StrEnum):
    """Where the file stands."""

    PENDING = "pending"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Description:
    """What its owner says of an asset. The limits are those of the contract."""

    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    location: str = ""
    event_date: datetime | None = None
    bookmarked: bool = False
    extra_private: bool = False
    folder: str = ""
    event_precision: DatePrecision = DatePrecision.SECOND
    event_zone: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        violations.text("asset.title", self.title, minimum=1, maximum=MAX_TITLE)
        violations.text("asset.description", self.description, maximum=MAX_DESCRIPTION, multiline=True)
        violations.text("asset.location", self.location, maximum=MAX_LOCATION)
        check_labels(violations, "asset.tags", self.tags, maximum=MAX_TAG)
        check_labels(violations, "asset.people", self.people, maximum=MAX_PERSON)
        check_place(violations, "asset.folder", self.folder)
        check_event_date(violations, self.event_date, self.event_precision, self.event_zone)
        violations.raise_if_any()

    def relabelled(self, *, tags: tuple[str, ...], people: tuple[str, ...], location: str) -> Self:
        """The same with other labels, which are right. What is not changed is not checked.

        Assets may lie deeper than new ones may be put, and keep that.
        """
        changed = copy(self)
        for name, value in (("tags", tags), ("people", people), ("location", location)):
            object.__setattr__(changed, name, value)
        return changed

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them but labels."""
        return self.title, self.description, self.folder, self.event_zone

    @property
    def labels(self) -> tuple[str, ...]:
        """What it has in common with other assets: tags, people and the place."""
        return (*self.tags, *self.people, *filter(None, [self.location]))


def check_labels(violations: Violations, field: str, labels: tuple[str, ...], *, maximum: int) -> None:
    """Check tags, or people: how many, how long in characters, and that none is there twice."""
    if len(labels) > MAX_LABELS:
        violations.add(field, f"must be at most {MAX_LABELS}, are {len(labels)}")
        return
    for index, label in enumerate(labels):
        violations.text(f"{field}[{index}]", label, minimum=1, maximum=maximum)
    if len(set(labels)) < len(labels):
        violations.add(field, "must not repeat one")


@dataclass(slots=True, kw_only=True)
class Asset(Aggregate):
    """The root. `content` is set exactly when the state is READY.

    `delete_time`, `purge_time`: since when it is in the trash, and when it is destroyed; None while it is not there.
    """

    asset_id: AssetId
    owner_ids: tuple[UserId, ...]
    description: Description
    file: File
    create_time: datetime
    update_time: datetime
    state: AssetState = AssetState.PENDING
    content: StoredContent | None = None
    delete_time: datetime | None = None
    purge_time: datetime | None = None

    @classmethod
    def create(
        cls, *, asset_id: AssetId, owner_id: UserId, description: Description, file: File, now: datetime
    ) -> Self:
        """Make one that waits for its file."""
        return cls(
            asset_id=asset_id,
            owner_ids=(owner_id,),
            description=description,
            file=replace(file, crc32c=None),
            create_time=now,
            update_time=now,
        )

    @property
    def is_pending(self) -> bool:
        """Whether its file is not complete."""
        return self.state is AssetState.PENDING

    @property
    def is_in_trash(self) -> bool:
        """Whether it was moved to the trash, where only its owners see it, and nothing changes it."""
        return self.delete_time is not None

    @property
    def metadata_bytes(self) -> int:
        """What it counts against the metadata quota of each owner."""
        said, file = self.description, self.file
        texts = (*said.texts, file.name, file.content_type)
        return metadata_bytes_of(texts, said.labels, labels_of(said.folder))

    @property
    def etag(self) -> str:
        """Changes with every stored change."""
        return f"v{self.version}"

    def check_etag(self, etag: str) -> None:
        """Raise EtagMismatch unless it is empty or current."""
        if etag and etag != self.etag:
            raise EtagMismatch("the asset was changed since it was read", metadata={"etag": self.etag})

    def describe(self, description: Description, file: File, *, now: datetime) -> None:
        """Replace what is said of it, and of its file the name and content type. Raises AssetInTrash."""
        self.check_not_in_trash()
        self.description = description
        self.file = replace(self.file, name=file.name, content_type=file.content_type)
        self.update_time = now

    def complete(self, content: StoredContent, *, now: datetime) -> None:
        """The whole file is in."""
        if self.content is not None:
            raise FileAlreadyComplete("the file of this asset is complete")
        self.content = content
        self.file = replace(self.file, size_bytes=content.manifest.size, crc32c=content.manifest.crc32c)
        self.state = AssetState.READY
        self.update_time = now

    def rewrap(self, wrapped_key: WrappedKey) -> None:
        """Keep the same data key, wrapped anew; nothing where there is no complete file."""
        if self.content is not None:
            self.content = replace(self.content, wrapped_key=wrapped_key)

    def remove_owner(self, owner_id: UserId) -> bool:
        """Remove one of several owners; gives False, and changes nothing, if it is the only one."""
        others = tuple(owner for owner in self.owner_ids if owner != owner_id)
        self.owner_ids = others or self.owner_ids
        return bool(others)

    def check_not_in_trash(self) -> None:
        """Raise AssetInTrash if it is there."""
        if self.is_in_trash:
            raise AssetInTrash

    def move_to_trash(self, *, now: datetime, purge_time: datetime) -> None:
        """Have it destroyed at `purge_time`, unless it is restored before. All else stays, its update_time too.

        Does nothing if it is there already.
        """
        if not self.is_in_trash:
            self.delete_time, self.purge_time = now, purge_time

    def restore(self) -> None:
        """Take it out of the trash, as it was. Raises AssetNotInTrash."""
        if not self.is_in_trash:
            raise AssetNotInTrash
        self.delete_time = self.purge_time = None

    def delete(self) -> None:
        """Record that it is deleted; the repository removes it, together with its wrapped key."""
        if self.content is not None:
            self.record(AssetDeleted(asset_id=self.asset_id, blob_key=self.content.blob_key))
