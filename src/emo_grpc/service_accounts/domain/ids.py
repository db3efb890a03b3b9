"""Identifiers of this context. That of a service account is `ActorId`, which is in `shared`."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import Identifier


@dataclass(frozen=True, slots=True, order=True)
class ServiceKeyId(Identifier):
    """Which key of a service account."""
