"""How many transfers run at once."""

from contextlib import ExitStack

import pytest

from emo_grpc.assets.service_layer.streams import Streams
from emo_grpc.shared.domain.errors import TooManyCalls

from .world import ANN, BOB


def test_one_user_leaves_room_for_others() -> None:
    """A user at the limit is told whose limit it is and when to come again; others go on, up to that of the process."""
    streams = Streams(limit=3, limit_of_user=2)
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(streams.one(ANN))
        with pytest.raises(TooManyCalls, match="2 such transfers of one user") as caught, streams.one(ANN):
            pass
        assert (caught.value.quota_subject, bool(caught.value.retry_after)) == (f"user:{ANN}", True)
        running.enter_context(streams.one(BOB))
        with pytest.raises(TooManyCalls, match="this server takes no more") as caught, streams.one(BOB):
            pass
        assert (caught.value.quota_subject, bool(caught.value.retry_after)) == (None, True)
        assert streams.running == 3
    assert streams.running == 0
    with streams.one(ANN):
        assert streams.running == 1
