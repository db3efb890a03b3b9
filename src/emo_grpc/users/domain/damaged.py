"""What is left of a stored record that can't be read any more: what stands beside its document."""

from dataclasses import dataclass

from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.ids import SessionId


@dataclass(slots=True, kw_only=True)
class DamagedUser(Aggregate):
    """An account. It can still be removed."""

    user_id: UserId
    is_active_admin: bool

    def remove(self) -> None:
        """As `User.remove`."""
        self.record(UserRemoved(self.user_id))


@dataclass(slots=True, kw_only=True)
class DamagedSession(Aggregate):
    """A session. It can still be ended by the user whose it is."""

    session_id: SessionId
    user_id: UserId
