"""What can be asked of logins. Each command checks its own fields, and names all that are wrong at once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import rules
from emo_grpc.users.domain.account_command import AccountCommand
from emo_grpc.users.domain.ids import SessionId


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a session is carried on with. `device_token` comes with a login alone."""

    user_id: UserId
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expire_time: datetime
    refresh_expire_time: datetime
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn(Command[Tokens]):
    """Begin a session. `identifier` is an e-mail address or a username, as `identified_by` says.

    `peer` is the caller's address, for throttling. No `scopes` = all.
    """

    identifier: str
    identified_by: Literal["email", "username"] = "username"
    password: str = field(repr=False)
    device_id: str = ""
    device_token: str = field(default="", repr=False)
    scopes: frozenset[str] = frozenset()
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        violations.text(self.identified_by, self.identifier, minimum=1, maximum=rules.MAX_EMAIL)
        rules.check_given_password(violations, "password", self.password)
        violations.identifier("device_id", self.device_id, maximum=rules.MAX_DEVICE_ID)
        rules.check_scopes(violations, "scopes", self.scopes)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The account, as the caller calls it."""
        return self.identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokens(Command[Tokens]):
    """Exchange a refresh token for new tokens."""

    refresh_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """The token, which stands for its session."""
        return self.refresh_token


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut(Command[None]):
    """End the session of a refresh token, if there is one."""

    refresh_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """The token, which stands for its session."""
        return self.refresh_token


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword(AccountCommand[str]):
    """Have another password, and end every session but `session_id`; gives the device's next token.

    `peer` is the address, without port, and `device_token` what the device got at its last login; nothing else stays
    known.
    """

    session_id: SessionId
    old_password: str = field(repr=False)
    new_password: str = field(repr=False)
    device_token: str = field(default="", repr=False)
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_given_password(violations, "old_password", self.old_password)
        rules.check_new_password(violations, "new_password", self.new_password)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSession(AccountCommand[None]):
    """End one of one's sessions."""

    session_id: SessionId
