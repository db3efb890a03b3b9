"""One of several connections to the same servers."""

from weakref import WeakSet

import grpc


class Connection:
    """A channel, and the calls that are under way on it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        # Weak, as gRPC's own: a call that is forgotten before its end never says that it is done.
        self._under_way: WeakSet[grpc.aio.Call] = WeakSet()

    @property
    def is_failing(self) -> bool:
        """Whether calls on it would fail at once, since it could not be made the last time."""
        return self.channel.get_state() is grpc.ChannelConnectivity.TRANSIENT_FAILURE

    @property
    def load(self) -> int:
        """How many calls are under way."""
        return len(self._under_way)

    def carry(self, call: grpc.aio.Call) -> None:
        """Count a call up to its end."""
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
