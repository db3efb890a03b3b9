"""What can be asked for with a mailed token, or to be mailed one. Each command checks its own fields."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import rules
from emo_grpc.users.domain.account_command import AccountCommand
from emo_grpc.users.domain.external_identity import LinkedIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequest(Command[None]):
    """Be mailed something, by whoever gives an address. `peer` is the caller's own, for throttling."""

    email: str
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_email(violations, "email", self.email)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The address, whoever has it."""
        return self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendActivation(MailRequest):
    """Be mailed another token that activates, if the account with this address waits for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPasswordReset(MailRequest):
    """Be mailed a token for another password, if there is an account with this address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(Command[None]):
    """Have another password by the text of a token, and end every session. `peer` is the address, without port."""

    reset_token: str = field(repr=False)
    new_password: str = field(repr=False)
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_new_password(violations, "new_password", self.new_password)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The token, which stands for its account."""
        return self.reset_token


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueResetToken(AccountCommand[str]):
    """Give the operator a token for another password, to be handed to the account's owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEmail(AccountCommand[Sequence[LinkedIdentity]]):
    """Have the address that the operator gives; gives which identities of other parties may still use the account."""

    new_email: str

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_email(violations, "new_email", self.new_email)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEmailChange(AccountCommand[None]):
    """Be mailed a token at another address, which becomes that of the account when the token comes back.

    `peer` is the caller's own, for throttling.
    """

    new_email: str
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_email(violations, "new_email", self.new_email)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmEmailChange(Command[None]):
    """Have the new address, by the text of the token that was mailed to it."""

    confirmation_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """The token, which stands for its account."""
        return self.confirmation_token


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEmailChange(Command[None]):
    """Have the former address again, by the text of the token that was mailed to it. Ends every session."""

    undo_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """The token, which stands for its account."""
        return self.undo_token
