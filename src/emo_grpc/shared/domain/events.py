"""Published events: the only thing by which contexts meet."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class UserRemoved(Event):
    """An account is gone; what it owns has to go too."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class ServiceAccountEnded(Event):
    """A service account was removed or disabled; what acts in its name has to end."""

    actor_id: ActorId
