"""What an owner's assets are counted as."""

from collections.abc import Sequence
from dataclasses import dataclass

from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class KindStats:
    """Assets of one kind: how many, and plaintext bytes of the complete files."""

    kind: AssetKind
    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TrashStats:
    """Assets in the trash: how many, and how much of `Usage.reserved_bytes` they are."""

    count: int = 0
    reserved_bytes: int = 0


@dataclass(frozen=True, slots=True)
class AssetStats:
    """By kind, without the trash; what counts against the limits (as `AssetRepository.usage`), and the trash's part."""

    kinds: Sequence[KindStats]
    usage: Usage
    trash: TrashStats = TrashStats()
