"""A person's account."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import EtagMismatch
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.email_address import email_key, email_keys, nobodys_address
from emo_grpc.users.domain.errors import UserDisabled, UserNotActivated
from emo_grpc.users.domain.events import (
    AccountRemoved,
    AddressReused,
    IdentityLinked,
    PasswordChanged,
    UserRegistered,
)
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.recovery.email_changes import EmailChanges
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeTokens
from emo_grpc.users.domain.rules import DEFAULT_LOCALE

ETAG_CHARACTERS: Final = 20
PENDING_LIFETIME: Final = timedelta(days=14)
"""After that without an activation an account is removed, so that its address is free again for its owner."""


class Role(StrEnum):
    """What an account may do beyond its own things."""

    USER = "user"
    ADMIN = "admin"


class UserState(StrEnum):
    """Where an account stands."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(slots=True, kw_only=True)
class User(Aggregate):
    """An account. Its fields were checked by the command that brought them."""

    user_id: UserId
    username: str
    email: str
    password_hash: str = field(repr=False)
    public_name: str
    locale: str
    state: UserState
    roles: frozenset[Role]
    create_time: datetime
    update_time: datetime
    password_changes: int = 0
    email_changes: EmailChanges = field(default_factory=EmailChanges)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens, repr=False)

    @classmethod
    def create(
        cls,
        *,
        username: str,
        email: str,
        password_hash: str,
        state: UserState,
        now: datetime,
        public_name: str = "",
        locale: str = "",
        roles: frozenset[Role] = frozenset({Role.USER}),
    ) -> Self:
        """Make one. Empty `public_name` and `locale` mean the username and English."""
        return cls(
            user_id=UserId.new(),
            username=username,
            email=email,
            password_hash=password_hash,
            public_name=public_name or username,
            locale=locale or DEFAULT_LOCALE,
            state=state,
            roles=roles,
            create_time=now,
            update_time=now,
        )

    @property
    def etag(self) -> str:
        """Changes with all that is shown of the account, and with nothing else (AIP-154).

        The version also rises with what nobody sees, such as a mailed token, which is no reason to refuse an edit.
        """
        texts = (self.username, self.email, self.public_name, self.locale, self.state, self.update_time.isoformat())
        return hashlib.sha256(json.dumps([*texts, sorted(self.roles)]).encode()).hexdigest()[:ETAG_CHARACTERS]

    @property
    def email_key(self) -> str:
        """What makes two e-mail addresses the same."""
        return email_key(self.email)

    @property
    def email_keys(self) -> tuple[str, str, str]:
        """This and what it was in earlier releases."""
        return email_keys(self.email)

    @property
    def is_active_admin(self) -> bool:
        """Whether it may call the RPCs of administrators now."""
        return self.state is UserState.ACTIVE and Role.ADMIN in self.roles

    def register(self) -> None:
        """Note that the person made the account."""
        self.record(UserRegistered(self.user_id))

    def stand_in(self, owner_id: UserId) -> None:
        """Note that it was made with the address of another account, whose owner is told.

        It has nobody's address, so it is never activated and goes away as such accounts do. Until then its name is
        taken and its login is that of an account that waits: what the person sees tells nothing of the other account.
        """
        self.email = nobodys_address()
        self.state = UserState.PENDING
        self.record(AddressReused(owner_id))

    def check_can_log_in(self) -> None:
        """Raise UserNotActivated or UserDisabled unless it is ACTIVE."""
        if self.state is UserState.PENDING:
            raise UserNotActivated
        if self.state is UserState.DISABLED:
            raise UserDisabled

    def check_etag(self, etag: str) -> None:
        """Raise EtagMismatch unless `etag` is empty or the current one."""
        if etag and etag != self.etag:
            raise EtagMismatch("the account was changed in the meantime; read it again")

    def change_profile(
        self, now: datetime, *, username: str | None, public_name: str | None, locale: str | None
    ) -> None:
        """Take what is not None."""
        self.username = self.username if username is None else username
        self.public_name = self.public_name if public_name is None else public_name or self.username
        self.locale = self.locale if locale is None else locale
        self.update_time = now

    def change_password(self, password_hash: str, now: datetime) -> None:
        """Have another password from now on. Mailed tokens mean nothing after that."""
        self.replace_password(password_hash, now)
        self.record(PasswordChanged(self.user_id))

    def replace_password(self, password_hash: str, now: datetime) -> None:
        """As `change_password`, and its owner is not told of it."""
        self.password_hash = password_hash
        self.password_changes += 1
        self._end_requests(now)

    def rehash_password(self, password_hash: str) -> None:
        """Keep the same password under another hash, which is no change that its owner made, and ends no token."""
        self.password_hash = password_hash

    def change_state(self, state: UserState, now: datetime) -> None:
        """Be in another state. Mailed tokens mean nothing after that."""
        self.state = state
        self._end_requests(now)

    def change_roles(self, roles: frozenset[Role], now: datetime) -> None:
        """Have other roles."""
        self.roles = roles
        self.update_time = now

    def link(self, identity: ExternalIdentity, now: datetime) -> None:
        """Note that whom an issuer calls so may use the account from now on; its owner hears of it."""
        self.update_time = now
        self.record(IdentityLinked(self.user_id, identity.issuer))

    def unlink(self, now: datetime) -> None:
        """Note that an identity may use the account no more."""
        self.update_time = now

    def remove(self) -> None:
        """Note that the account goes away with all it owns; one that is PENDING never showed whose its address is."""
        self.record(UserRemoved(self.user_id))
        if self.state is not UserState.PENDING:
            self.record(AccountRemoved(self.email, self.public_name, self.locale))

    def _end_requests(self, now: datetime) -> None:
        """Void all requests but those to undo a change, whether their token was mailed already or not."""
        self.tokens = self.tokens.only_undoing()
        self.email_changes = self.email_changes.without_pending()
        self.update_time = now
