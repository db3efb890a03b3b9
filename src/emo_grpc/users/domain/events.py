"""What happens to accounts. `UserRemoved` is published, so it lives in `shared`."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class UserRegistered(Event):
    """A person made an account.

    Only its id: address and language are read when the mail is written, and its token is minted then, so that
    neither lies in the outbox.
    """

    user_id: UserId
