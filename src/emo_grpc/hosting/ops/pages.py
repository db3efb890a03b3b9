"""The pages of EMO_OPS_LISTEN."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from emo_grpc.hosting.ops.process_state import ProcessState
from emo_grpc.shared.entrypoints.ops.page import Page, Pages

States = Callable[[], Sequence[ProcessState | None]]
"""Of each process that there should be; None: it has not told anything yet, or has ended."""

KEYS_ARE_GOOD_FOR: Final = timedelta(minutes=5)
"""How long who verifies tokens may keep the keys: a new one is known everywhere soon after it was announced."""

JWK_SET: Final = "application/jwk-set+json"
"""RFC 7517, section 8.5.2."""


@dataclass(frozen=True, slots=True)
class OpsPages:
    """What is known of all server processes, as pages. `jwks`: the public keys, a JSON Web Key Set."""

    states: States
    metrics: Callable[[], Page]
    jwks: Mapping[str, object]

    @property
    def by_path(self) -> Pages:
        """For an OpsServer."""
        return {
            "/metrics": self.metrics,
            "/livez": self._livez,
            "/readyz": self._readyz,
            "/.well-known/jwks.json": self._keys,
        }

    def _keys(self) -> Page:
        return Page(json.dumps(self.jwks).encode(), JWK_SET, max_age=KEYS_ARE_GOOD_FOR)

    def _livez(self) -> Page:
        """Whether waiting may help; if not, the server has to be started again."""
        told = [state for state in self.states() if state is not None]
        lives = not told or any(state.lives for state in told)
        return Page.of_facts({"live": lives}, _status(lives))

    def _readyz(self) -> Page:
        """Whether to send calls here: at least one process takes them, and it reaches each engine."""
        states = self.states()
        told = [state for state in states if state is not None]
        answering = [state for state in told if state.answers]
        ready = any(all(state.engines.values()) for state in answering)
        facts = {
            "ready": ready,
            "draining": any(state.is_draining for state in told),
            "engines": _engines(answering or told),
            "processes": {"wanted": len(states), "answering": len(answering)},
        }
        return Page.of_facts(facts, _status(ready))


def _engines(states: Sequence[ProcessState]) -> dict[str, str]:
    """What one process reaches is not away."""
    names = {name: None for state in states for name in state.engines}
    return {name: "answers" if any(state.engines.get(name) for state in states) else "away" for name in names}


def _status(is_well: bool) -> HTTPStatus:
    return HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
