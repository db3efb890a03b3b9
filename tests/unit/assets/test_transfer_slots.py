"""How many transfers run at once."""

from contextlib import ExitStack

import pytest

from emo_grpc.assets.service_layer.transfer_slots import TransferSlots
from emo_grpc.shared.domain.call_errors import TooManyCalls

from .world import ANN, BOB


def test_one_user_leaves_room_for_others() -> None:
    """A user at the limit is told whose limit it is and when to come again; others go on, up to that of the process."""
    slots = TransferSlots(limit=3, limit_of_user=2)
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(slots.take(ANN))
        with pytest.raises(TooManyCalls, match="2 such transfers of one user") as caught, slots.take(ANN):
            pass
        assert (caught.value.quota_subject, bool(caught.value.retry_after)) == (f"user:{ANN}", True)
        running.enter_context(slots.take(BOB))
        with pytest.raises(TooManyCalls, match="this server takes no more") as caught, slots.take(BOB):
            pass
        assert (caught.value.quota_subject, bool(caught.value.retry_after)) == (None, True)
        assert slots.running == 3
    assert slots.running == 0
    with slots.take(ANN):
        assert slots.running == 1
