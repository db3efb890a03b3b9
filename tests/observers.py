"""Somebody who watches work, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from emo_grpc.shared.service_layer.observing import Work


@dataclass
class Watcher:
    """Keeps what has begun, and how it ended: None, or the type of its error."""

    begun: list[Work] = field(default_factory=list)
    ended: list[tuple[Work, type[BaseException] | None]] = field(default_factory=list)

    @contextmanager
    def __call__(self, work: Work) -> Iterator[None]:
        self.begun.append(work)
        try:
            yield
        except BaseException as error:
            self.ended.append((work, type(error)))
            raise
        self.ended.append((work, None))

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(str(work.kind), work.name, work.engine) for work in self.begun]
