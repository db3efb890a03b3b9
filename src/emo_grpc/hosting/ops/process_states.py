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
            self._states[number] = state

    def drain(self) -> None:
        """All are about to drain, though they have not told so yet."""
        with self._lock:
            self._is_draining = True

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
            states, is_draining = list(self._states.values()), self._is_draining
        return [state and replace(state, is_draining=True) for state in states] if is_draining else states
