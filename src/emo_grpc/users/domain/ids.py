"""Identifiers of this context."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import Identifier


@dataclass(frozen=True, slots=True, order=True)
class SessionId(Identifier):
    """Which login."""
