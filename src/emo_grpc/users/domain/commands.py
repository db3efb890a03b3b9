"""What can be asked of accounts. Each command checks its own fields, and names all that are wrong at once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import rules
from emo_grpc.users.domain.account_command import AccountCommand
from emo_grpc.users.domain.user import Role, UserState

Check = Callable[[Violations, str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUser(Command[UserId]):
    """Make an account for oneself. Empty `public_name` and `locale` mean the username and English.

    `peer` is the caller's address, for throttling.
    """

    username: str
    email: str
    password: str = field(repr=False)
    public_name: str = ""
    locale: str = ""
    request_id: RequestId | None = None
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        _check_account(violations, self.username, self.email, self.password)
        rules.check_public_name(violations, "public_name", self.public_name)
        rules.check_locale(violations, "locale", self.locale)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The name that others may want, too."""
        return self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser(Command[UserId]):
    """Make an ACTIVE account for a person, whose address is vouched for.

    `password` None is none: nobody can log in with one. Empty `public_name` and `locale` mean the username and English.
    """

    username: str
    email: str
    password: str | None = field(repr=False)
    roles: frozenset[Role] = frozenset({Role.USER})
    public_name: str = ""
    locale: str = ""
    request_id: RequestId | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        _check_account(violations, self.username, self.email, self.password)
        _check_roles(violations, self.roles)
        rules.check_public_name(violations, "public_name", self.public_name)
        rules.check_locale(violations, "locale", self.locale)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The name that others may want, too."""
        return self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateUser(Command[None]):
    """Activate an account with the text of a mailed token."""

    activation_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """Whoever has the token is after the same account."""
        return self.activation_token


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMe(AccountCommand[None]):
    """Change one's account: what is not None. A non-empty `etag` must be the current one."""

    etag: str = ""
    username: str | None = None
    public_name: str | None = None
    locale: str | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        checks: list[tuple[Check, str, str | None]] = [
            (rules.check_username, "user.username", self.username),
            (rules.check_public_name, "user.public_name", self.public_name),
            (rules.check_locale, "user.locale", self.locale),
        ]
        for check, name, value in checks:
            if value is not None:
                check(violations, name, value)
        violations.raise_if_any()

    @property
    def fields(self) -> list[str]:
        """The names of what it changes."""
        return [name for name in ("username", "public_name", "locale") if getattr(self, name) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMe(AccountCommand[None]):
    """Remove one's account with everything it owns."""

    password: str = field(repr=False)

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_given_password(violations, "password", self.password)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUserState(AccountCommand[None]):
    """Enable or disable an account; disabling ends its sessions."""

    state: UserState

    def __post_init__(self) -> None:
        violations = Violations()
        if self.state is UserState.PENDING:
            violations.add("state", "must be ACTIVE or DISABLED")
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUserRoles(AccountCommand[None]):
    """Replace an account's roles; ends its sessions."""

    roles: frozenset[Role]

    def __post_init__(self) -> None:
        violations = Violations()
        _check_roles(violations, self.roles)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRolesByUsername(Command[UserId]):
    """As SetUserRoles, for an operator who knows only the name."""

    username: str
    roles: frozenset[Role]

    def __post_init__(self) -> None:
        violations = Violations()
        _check_roles(violations, self.roles)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveUser(AccountCommand[None]):
    """Remove an account with everything it owns. `reason` goes to the log."""

    reason: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        violations.text("reason", self.reason, maximum=rules.MAX_REASON)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True)
class DropExpired(Command[int]):
    """Drop some of what is over; gives how many.

    These are sessions, failed logins, remembered request ids, and accounts that were never activated within 14 days.
    """


@dataclass(frozen=True, slots=True)
class UpgradeDocuments(Command[int]):
    """Rewrite up to 100 documents of earlier releases as this one does; gives how many.

    Versions rise as with every save: a unit of work elsewhere may have read the old document, and reads again. Etags
    stay, for nothing that is shown is another.
    """


def _check_account(violations: Violations, username: str, email: str, password: str | None) -> None:
    rules.check_username(violations, "username", username)
    rules.check_email(violations, "email", email)
    if password is not None:
        rules.check_new_password(violations, "password", password)


def _check_roles(violations: Violations, roles: frozenset[Role]) -> None:
    if not roles:
        violations.add("roles", "must name at least one role")
