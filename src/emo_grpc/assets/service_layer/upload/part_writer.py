"""One part on its way from the stream to the store."""

from collections.abc import Callable, Sequence

from emo_grpc.assets.service_layer.encryption import PartSealer
from emo_grpc.assets.service_layer.ports import PartSink


class PartWriter:
    """A part that is being received: `size` plaintext bytes so far, of `capacity`.

    All methods but `take` block: call them on threads, one at a time.
    """

    def __init__(self, capacity: int, sealer: PartSealer, open_sink: Callable[[], PartSink]) -> None:
        self.capacity = capacity
        self.size = 0
        self._sealer = sealer
        self._open_sink = open_sink
        self._sink: PartSink | None = None

    @property
    def room(self) -> int:
        """How many more bytes fit."""
        return self.capacity - self.size

    @property
    def is_open(self) -> bool:
        """Whether the store has begun the part."""
        return self._sink is not None

    def take(self, size: int) -> None:
        """Count bytes that will be sealed."""
        self.size += size

    def seal(self, pieces: Sequence[bytes | memoryview], *, is_end: bool) -> PartSink:
        """Encrypt and write the next plaintext; gives the sink, to be committed after the last bytes."""
        sink = self._sink = self._sink or self._open_sink()
        for piece in pieces:
            self._sealer.feed(piece)
        if is_end:
            self._sealer.finish(sink.write)
        else:
            self._sealer.seal_pending(sink.write)
        return sink

    def discard(self) -> None:
        """Drop the part, unless it was committed."""
        if self._sink is not None:
            self._sink.discard()

    def withdraw(self) -> None:
        """Drop the part, committed or not."""
        if self._sink is not None:
            self._sink.withdraw()
