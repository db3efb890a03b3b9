"""What can be asked of many assets at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from emo_grpc.assets.domain.commands import AssetChange, OwnerCommand
from emo_grpc.assets.domain.errors import (
    AssetInTrash,
    AssetNotFound,
    AssetNotInTrash,
    AssetRecordCorrupt,
    MetadataQuotaExceeded,
)
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.errors import EmoError, EtagMismatch, InvalidArgument
from emo_grpc.shared.domain.ids import RequestId

OF_ONE_ASSET: Final = (
    AssetNotFound, EtagMismatch, AssetInTrash, AssetNotInTrash, MetadataQuotaExceeded, InvalidArgument,
    AssetRecordCorrupt,
)  # fmt: skip
"""The errors that concern one asset of many; each is raised before anything of it is stored. All others end a batch."""


@dataclass(frozen=True, slots=True)
class AssetReference:
    """One of the assets that a batch is for. A non-empty `etag` must be the current one."""

    asset_id: AssetId
    etag: str = ""


@dataclass(frozen=True, slots=True)
class AssetFailure:
    """Why something was not done for one asset: an error, as it can be kept. `kind` is of OF_ONE_ASSET."""

    kind: type[EmoError]
    message: str
    metadata: Mapping[str, str]

    @classmethod
    def of(cls, error: EmoError) -> Self:
        """That of an error; its kind is the most general one that has its reason."""
        kind = next(each for each in OF_ONE_ASSET if isinstance(error, each))
        return cls(kind, error.message, error.metadata)


@dataclass(frozen=True, slots=True)
class BatchStep(OwnerCommand[tuple[AssetFailure | None, ...]]):
    """Some assets of a batch, which are stored at once; gives for each, in order, why it failed, or None.

    Where they take much it gives that of the first ones, and has done nothing to the others.
    The same `request_id` with the same `fingerprint` again gives the first result.
    """

    assets: tuple[AssetReference, ...]
    request_id: RequestId | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class UpdateAssets(BatchStep):
    """Change what is said of each; one that is so already stays as it is."""

    change: AssetChange


@dataclass(frozen=True, slots=True)
class DeleteAssets(BatchStep):
    """Do to each what `DeleteAsset` does."""


@dataclass(frozen=True, slots=True)
class RestoreAssets(BatchStep):
    """Do to each what `RestoreAsset` does."""


@dataclass(frozen=True, slots=True)
class PurgeAssets(BatchStep):
    """Destroy each, whether or not it is in the trash: what `PurgeAsset` does by `force`."""


@dataclass(frozen=True, slots=True)
class PlanBatch(OwnerCommand[tuple[AssetId, ...]]):
    """Settle which assets a batch by a filter is for; gives those of the first time, when it is a repetition.

    `found`: what the filter holds now, of which there must be `expected_count`. Raises ExpectedCountMismatch.
    """

    found: tuple[AssetId, ...]
    expected_count: int
    request_id: RequestId | None
    fingerprint: str
