"""How all server processes are."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from emo_grpc.hosting.ops.process_state import ProcessState


class ProcessStates:
    """What each told last, by the numbers of those that there should be. For any thread."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._lock = threading.Lock()
        self._states: dict[int, ProcessState | None] = dict.fromkeys(numbers)
        self._is_draining = False

    def tell(self, number: int, state: ProcessState) -> None:
        """A process tells how it is."""
        with self._lock:
            self._states[number] = replace(state, is_draining=True) if self._is_draining else state

    def drain(self) -> None:
        """All are about to drain, though they have not told so yet."""
        with self._lock:
            self._is_draining = True
            self._states = {
                number: state and replace(state, is_draining=True) for number, state in self._states.items()
            }

    def ended(self, number: int) -> None:
        """A process has ended; the next one has told nothing yet."""
        with self._lock:
            self._states[number] = None

    def answering(self) -> int:
        """How many take calls."""
        return sum(state is not None and state.answers for state in self.all())

    def all(self) -> Sequence[ProcessState | None]:
        """None of each that has told nothing."""
        with self._lock:
            return list(self._states.values())
