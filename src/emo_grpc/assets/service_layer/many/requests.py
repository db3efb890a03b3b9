"""What a batch is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid5

from emo_grpc.assets.domain.batch_commands import AssetReference, DeleteAssets, PurgeAssets, RestoreAssets
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.service_layer.idempotency import fingerprint

MAX_ASSETS: Final = 1000
"""Named one by one in a request, which is some 80 KB then."""
MAX_MATCHES: Final = 10_000
"""Held by a filter: the answer, with a failure for each, stays below 4 MiB, and a call within a minute."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """The same for many assets of an owner: those that are `named`, or all that a `filter` holds.

    `change` None: do `otherwise` to them.
    """

    owner_id: UserId
    named: tuple[AssetReference, ...] = ()
    filter: AssetFilter | None = None
    expected_count: int = 0
    change: AssetChange | None = None
    otherwise: type[DeleteAssets | PurgeAssets | RestoreAssets] = DeleteAssets
    request_id: RequestId | None = None

    @property
    def size(self) -> int:
        """For how many assets it says that it is."""
        return len(self.named) if self.filter is None else self.expected_count

    @property
    def fingerprint(self) -> str:
        """What makes two of them the same; the kind of expression too, as `AllOf` and `AnyOf` have the same fields."""
        kind = type(self.filter and self.filter.expression).__name__
        what = self.change or self.otherwise.__name__
        return fingerprint(_texts(self.named), self.filter, kind, self.expected_count, what)

    def step(self, number: int, assets: Sequence[AssetReference]) -> tuple[RequestId | None, str]:
        """The id and the fingerprint of a step: those that it has again when the request is repeated."""
        step_id = None if self.request_id is None else part_id(self.request_id, f"step {number}")
        return step_id, fingerprint(self.fingerprint, _texts(assets))


def part_id(request_id: RequestId, name: str) -> RequestId:
    """The id of a part of what a request does, the same each time (UUID version 5, RFC 9562)."""
    return RequestId(uuid5(request_id.value, name))


def _texts(assets: Sequence[AssetReference]) -> tuple[str, ...]:
    return tuple(f"{asset.asset_id} {asset.etag}" for asset in assets)
