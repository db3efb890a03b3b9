"""What commands about one account have in common."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command, Result_co


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCommand(Command[Result_co]):
    """Changes an account or what belongs to it."""

    user_id: UserId

    @property
    def subject(self) -> UserId:
        """The account."""
        return self.user_id
