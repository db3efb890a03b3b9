"""What a device shows at a login to be known from an earlier one."""

from datetime import datetime
from typing import Protocol

from emo_grpc.shared.domain.ids import UserId


class DeviceTokens(Protocol):
    """Makes and reads opaque texts that name a device, each good for one account and until its time is over.

    They are no credentials: who has one still needs the password, but is not hindered by what others guess. They are
    over when the account has another password: `password_changes` says how many it has had.
    """

    def issue(self, user_id: UserId, password_changes: int, device: str | None, expire_time: datetime) -> str:
        """A token for this device, which keeps its name; for one without a name yet, None, a new name is made."""
        ...

    def device(self, token: str, user_id: UserId, password_changes: int, now: datetime) -> str | None:
        """The device's name; None if the token is none of ours, for another account or password, or over."""
        ...
