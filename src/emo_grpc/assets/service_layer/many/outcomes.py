"""What became of the assets of a batch, as the text that repetitions read.

JSON: [count, [[reason, message, metadata, [places]], …]], of so many assets, where `places` are those in their step.
What several failures say alike is written once, so the text is short however many there are.
"""

import json
from collections.abc import Sequence
from typing import Final

from emo_grpc.assets.domain.batch_commands import OF_ONE_ASSET, AssetFailure
from emo_grpc.shared.domain.errors import EmoError

Outcomes = tuple[AssetFailure | None, ...]
"""For each asset, in order, why it failed; None: it did not."""

_KINDS: Final[dict[str, type[EmoError]]] = {kind.reason: kind for kind in OF_ONE_ASSET}


def text_of(outcomes: Sequence[AssetFailure | None]) -> str:
    """The text."""
    places: dict[str, list[int]] = {}
    for place, failure in enumerate(outcomes):
        if failure is not None:
            said = json.dumps([failure.kind.reason, failure.message, dict(failure.metadata)])
            places.setdefault(said, []).append(place)
    failures = [[*json.loads(said), found] for said, found in places.items()]
    return json.dumps([len(outcomes), failures], separators=(",", ":"))


def outcomes_of(text: str) -> Outcomes:
    """What the text says of each."""
    count, failures = json.loads(text)
    outcomes: list[AssetFailure | None] = [None] * count
    for reason, message, metadata, places in failures:
        for place in places:
            outcomes[place] = AssetFailure(_KINDS[reason], message, metadata)
    return tuple(outcomes)
