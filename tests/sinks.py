"""Bytes that are there already go into a part sink, and out of a sealer."""

from functools import partial

from emo_grpc.assets.domain.layout import SEGMENT_SIZE
from emo_grpc.assets.service_layer.ports import PartSink, Put


def write(sink: PartSink, data: bytes | bytearray | memoryview) -> None:
    """Let the sink take these bytes, in pieces that it can take."""
    for start in range(0, len(data), SEGMENT_SIZE):
        piece = data[start : start + SEGMENT_SIZE]
        sink.write(len(piece), partial(_copy, piece))


def _copy(data: bytes | bytearray | memoryview, memory: memoryview) -> None:
    memory[:] = data


class Written(bytearray):
    """What was written, in a row."""

    def write(self, size: int, put: Put) -> None:
        """Take the next bytes."""
        memory = bytearray(size)
        put(memoryview(memory))
        self += memory
