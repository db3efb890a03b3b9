"""Which account somebody has whom a trusted issuer vouches for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.email_address import is_spelled_alike
from emo_grpc.users.domain.errors import (
    IdentityEmailNotVerified,
    IdentityNotLinked,
    UserNotActivated,
    UserNotFound,
    UserRecordCorrupt,
)
from emo_grpc.users.domain.rules import valid_locale, valid_public_name
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.administration_handlers import require_another_admin
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims
from emo_grpc.users.service_layer.issuers.usernames import usernames_like
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork

NAMES_TRIED: Final = 10


@dataclass(frozen=True, slots=True)
class IssuerAccount:
    """Finds, links or makes the account of `claims` in a unit of work. `locked` is the hash of a password that nobody
    knows, for an account that is made.
    """

    unit: UsersUnitOfWork
    claims: IssuerClaims
    locked: str
    refused: RefusedLogins
    now: datetime

    async def get(self) -> User:
        """The account, which may log in.

        Raises IdentityNotLinked, IdentityEmailNotVerified, UserNotActivated, UserDisabled, LastAdmin or
        UserRecordCorrupt.
        """
        user_id = await self.unit.identities.user_of(self.claims.identity)
        user = await self._linked_or_made() if user_id is None else await self.unit.users.get(user_id)
        with self.refused.of(user.user_id):
            user.check_can_log_in()
        await self._follow_roles(user)
        return user

    async def _linked_or_made(self) -> User:
        """By the address, which must be verified: else whoever gives one at the issuer has what belongs to it here."""
        if not (self.claims.may_create_account or self.claims.may_link_by_email):
            raise IdentityNotLinked
        if not self.claims.email:
            raise IdentityEmailNotVerified
        found = await self.unit.users.find_by_email(self.claims.email)
        if isinstance(found, DamagedUser):
            raise UserRecordCorrupt(found.user_id)
        if found is not None and found.state is UserState.PENDING:
            await self._clear(found)
            found = None
        return await self._made() if found is None else await self._linked(found)

    async def _clear(self, pending: User) -> None:
        """Whoever made it never proved that the address is theirs, and owns nothing; but knows its password."""
        with self.refused.of(pending.user_id):
            if not self.claims.may_create_account:
                raise UserNotActivated
        pending.remove()
        await self.unit.users.remove(pending)
        await self.unit.audit.append(AuditKind.ACCOUNT_REMOVED, pending.user_id)

    async def _linked(self, user: User) -> User:
        """Only one with the very address that the issuer has verified.

        An administrator is not had for that alone; it takes the operator, or an issuer who says that it is one.
        """
        is_allowed = Role.ADMIN not in user.roles or Role.ADMIN in (self.claims.roles or ())
        is_theirs = self.claims.may_link_by_email and is_spelled_alike(user.email, self.claims.email)
        with self.refused.of(user.user_id):
            if not (is_allowed and is_theirs):
                raise IdentityNotLinked
            user.check_can_log_in()
        user.link(self.claims.identity, self.now)
        await self.unit.users.save(user)
        await self.unit.identities.link(self.claims.identity, user.user_id, self.now)
        await self._tell(AuditKind.IDENTITY_LINKED, user)
        return user

    async def _made(self) -> User:
        if not self.claims.may_create_account:
            raise IdentityNotLinked
        if not self.locked:
            raise ConcurrentChange("this identity was unlinked at the same moment")
        user = User.create(
            username=await self._free_username(),
            email=self.claims.email,
            password_hash=self.locked,
            public_name=valid_public_name(self.claims.public_name),
            locale=valid_locale(self.claims.locale),
            state=UserState.ACTIVE,
            roles=self.claims.roles or frozenset({Role.USER}),
            now=self.now,
        )
        await self.unit.users.add(user)
        await self.unit.identities.link(self.claims.identity, user.user_id, self.now)
        await self._tell(AuditKind.ACCOUNT_CREATED, user)
        return user

    async def _free_username(self) -> str:
        names = usernames_like(self.claims.username, self.claims.email)
        for name, _ in zip(names, range(NAMES_TRIED), strict=False):
            try:
                await self.unit.users.get_by_username(name)
            except UserNotFound:
                return name
            except UserRecordCorrupt:
                continue
        return next(names)

    async def _follow_roles(self, user: User) -> None:
        """Have the roles that the issuer says, if it says any; other ones end the sessions, as always."""
        roles = self.claims.roles
        if roles is None or roles == user.roles:
            return
        if Role.ADMIN not in roles:
            await require_another_admin(self.unit, user)
        user.change_roles(roles, self.now)
        await self.unit.users.save(user)
        ended = await self.unit.sessions.remove_of_user(user.user_id)
        await self._tell(AuditKind.ROLES_CHANGED, user, roles=", ".join(sorted(roles)), ended_sessions=str(ended))

    async def _tell(self, kind: AuditKind, user: User, **details: str) -> None:
        """It is the issuer's word on which it is done, and the person who brings it."""
        issuer, who = self.claims.identity.issuer, Actor.user(user.user_id)
        await self.unit.audit.append(kind, user.user_id, actor=who, issuer=issuer, **details)
