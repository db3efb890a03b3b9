"""What an asset adds to the counters of its owners, on MongoDB."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from emo_grpc.assets.adapters.mongo.facet_counters import ASSET_COUNT, KNOWN_DATE, NO_FACETS, FacetCounts, facet_counts
from emo_grpc.assets.adapters.mongo.folder_counters import folder_counts, folder_found_by, top_counts
from emo_grpc.assets.adapters.mongo.schema import FOLDERS, USAGE
from emo_grpc.assets.adapters.queries.listing import NO_DATE, listing_of, periods_of
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.file import AssetKind, kind_of
from emo_grpc.shared.adapters.mongo.documents import Document

Counts = Counter[str]
Key = tuple[str, UUID, str]
"""Of counters: their collection, the owner, and the name of what they count."""
TRASH: Final = "trash"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an asset adds to the counters of each of its owners: of usage, of each facet, of each folder but the top.

    In the trash, where no list of facets or folders shows it: to those of usage alone, and there to those of the trash
    in place of those of its kind.
    """

    owner_ids: frozenset[UUID]
    usage: Counts
    facets: FacetCounts
    folders: dict[str, Counts]

    @classmethod
    def of(cls, asset: Asset, reserved_bytes: int, metadata_bytes: int | None, folder: str | None) -> Self:
        """That of an asset as it is.

        `metadata_bytes` None: of a release that did not count them, nor what is pending. `folder` None: of one that
        knew of none, and counted no facets but tags.
        """
        kind = None if asset.is_in_trash else asset.file.kind
        folder = None if asset.is_in_trash else folder
        return cls(
            owner_ids=frozenset(owner_id.value for owner_id in asset.owner_ids),
            usage=_usage(kind, asset.is_pending, reserved_bytes, metadata_bytes, folder),
            facets=facet_counts(listing_of(asset).facets, counts_only_tags=folder is None),
            folders=_folders(folder, asset.is_pending, reserved_bytes),
        )

    def counts(self) -> Iterator[tuple[Key, Counts]]:
        """What it adds to each counter but those of facets."""
        for owner_id in self.owner_ids:
            yield (USAGE, owner_id, ""), self.usage
            for folder, counts in self.folders.items():
                yield (FOLDERS, owner_id, folder), counts

    def facets_of(self, owner_id: UUID) -> FacetCounts:
        """Those by which this one counts it."""
        return self.facets if owner_id in self.owner_ids else NO_FACETS


def contribution_of_damaged(record: Document) -> Contribution:
    """That of an asset whose document can't be read, by what it is found by."""
    lists = [name.split(" ", 2) for name in record["found_by"] if name.count(" ") > 1]
    content_types = [value for _, facet, value in lists if facet == "content_type" and not value.endswith("/*")]
    is_pending = record["declared_bytes"] is not None
    reserved_bytes, folder = record["reserved_bytes"], folder_found_by(record["found_by"])
    kind = None if "purge_time" in record else kind_of(content_types[0])
    return Contribution(
        owner_ids=frozenset(record["owner_ids"]),
        usage=_usage(kind, is_pending, reserved_bytes, record.get("metadata_bytes"), folder),
        facets=facet_counts(
            {(facet, value) for _, facet, value in lists}.union(periods_of(record.get(KNOWN_DATE, NO_DATE))),
            counts_only_tags=folder is None,
        ),
        folders=_folders(folder, is_pending, reserved_bytes),
    )


def _usage(
    kind: AssetKind | None, is_pending: bool, reserved_bytes: int, metadata_bytes: int | None, folder: str | None
) -> Counts:
    """`kind` is None of what is in the trash."""
    complete_bytes = 0 if is_pending else reserved_bytes
    counted = TRASH if kind is None else f"kinds.{kind}"
    return Counter(
        {
            ASSET_COUNT: 1,
            "reserved_bytes": reserved_bytes,
            "metadata_bytes": metadata_bytes or 0,
            "pending_count": int(is_pending and metadata_bytes is not None),
            f"{counted}.{ASSET_COUNT}": 1,
            f"{counted}.complete_bytes": complete_bytes,
            f"{TRASH}.reserved_bytes": reserved_bytes if kind is None else 0,
            **top_counts(folder, complete_bytes),
        }
    )


def _folders(folder: str | None, is_pending: bool, reserved_bytes: int) -> dict[str, Counts]:
    return folder_counts(folder, 0 if is_pending else reserved_bytes)


NO_CONTRIBUTION: Final = Contribution(frozenset(), Counter(), NO_FACETS, {})
