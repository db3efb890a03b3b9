"""What people do with their own accounts."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once, request_id_reused
from emo_grpc.users.domain.commands import CreateUser, DeleteMe, RegisterUser, UpdateMe
from emo_grpc.users.domain.email_address import email_key
from emo_grpc.users.domain.errors import EmailTaken, InvalidCredentials, UserRecordCorrupt
from emo_grpc.users.domain.passwords import PasswordOwner
from emo_grpc.users.domain.rules import DEFAULT_LOCALE
from emo_grpc.users.domain.throttling import Entrance, ThrottleKey
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.administration_handlers import require_another_admin
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.new_passwords import NewPasswords
from emo_grpc.users.service_layer.password_check import PasswordCheck, get_unchanged
from emo_grpc.users.service_layer.ports import Credentials, CredentialsReader
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

REGISTER_SCOPE: Final = "RegisterUser"
CREATE_SCOPE: Final = "CreateUser"


@dataclass(frozen=True, slots=True)
class AccountHandlers:
    """The handlers, with what they need. `first_state` is that of an account that a person makes."""

    units: UsersUnits
    reader: CredentialsReader
    passwords: PasswordCheck
    new_passwords: NewPasswords
    entrances: Entrances
    clock: Clock
    first_state: UserState

    async def register_user(self, command: RegisterUser) -> UserId:
        """Make an account in `first_state`; the same request_id again gives the first one's id.

        With an address that another account has, one is made that only stands in, after the same work, and the owner
        is told. Raises RateLimited, PasswordTooWeak, UsernameTaken, RequestIdReused when any field is another one, and
        LoginThrottled when too many passwords were tried so.
        """
        await self.entrances.admit(Entrance.REGISTRATION, email_key(command.email), command.peer)
        # Hashing is slow, so it comes before the unit of work, which others wait for.
        owner = PasswordOwner(command.username, command.email, command.public_name, command.locale)
        password_hash = await self.new_passwords.hash(command.password, owner, field="password")
        result, is_new = await self._registered(command, password_hash)
        user_id = UserId.parse(result, "user_id")
        if not is_new:
            await self._check_repeated(command, await self.reader.credentials(user_id))
        return user_id

    async def create_user(self, command: CreateUser) -> UserId:
        """Make an ACTIVE account without any mail; the same request_id again gives the first one's id.

        Raises PasswordTooWeak, and RequestIdReused when any field but the password is another one.
        """
        now = self.clock()
        if command.password is None:
            password_hash = await self.new_passwords.hash_of_none()
        else:
            owner = PasswordOwner(command.username, command.email)
            password_hash = await self.new_passwords.hash(command.password, owner, field="password")
        user = User.create(
            username=command.username,
            email=command.email,
            password_hash=password_hash,
            public_name=command.public_name,
            locale=command.locale,
            state=UserState.ACTIVE,
            roles=command.roles,
            now=now,
        )
        request = fingerprint(
            command.username, command.email, command.public_name, command.locale, sorted(command.roles)
        )
        async with self.units() as unit:
            result, is_new = await once(
                unit.idempotency,
                scope=CREATE_SCOPE,
                request_id=command.request_id,
                request=request,
                now=now,
                make=partial(_add_active, unit, user),
            )
            if is_new:
                await unit.commit()
        return UserId.parse(result, "user_id")

    async def update_me(self, command: UpdateMe) -> None:
        """Change what is given; raises EtagMismatch or UsernameTaken."""
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            user.check_etag(command.etag)
            user.change_profile(
                self.clock(),
                username=command.username,
                public_name=command.public_name,
                locale=None if command.locale is None else command.locale or DEFAULT_LOCALE,
            )
            await unit.users.save(user)
            await unit.audit.append(AuditKind.PROFILE_CHANGED, user.user_id, fields=", ".join(command.fields))
            await unit.commit()

    async def delete_me(self, command: DeleteMe) -> None:
        """Remove the account and what it owns; raises InvalidCredentials, LoginThrottled or LastAdmin."""
        credentials = await self.reader.credentials(command.user_id)
        checked = await self.passwords.check(credentials, command.password, [ThrottleKey.caller(str(command.user_id))])
        async with self.units() as unit:
            user = await get_unchanged(unit, checked)
            await require_another_admin(unit, user)
            user.remove()
            await unit.users.remove(user)
            await unit.audit.append(AuditKind.ACCOUNT_REMOVED, user.user_id)
            await unit.commit()

    async def _registered(self, command: RegisterUser, password_hash: str) -> tuple[str, bool]:
        """As `once`. Here alone it is tried again, for the whole command would be counted as another registration."""
        for _ in range(2):
            with suppress(EmailTaken):  # by somebody else, since it was looked up whose the address is
                return await self._register(command, password_hash, await self._owner_of(command.email))
        raise ConcurrentChange("others register with this address at the same moment")

    async def _register(self, command: RegisterUser, password_hash: str, owner_id: UserId | None) -> tuple[str, bool]:
        now = self.clock()
        user = User.create(
            username=command.username,
            email=command.email,
            password_hash=password_hash,
            public_name=command.public_name,
            locale=command.locale,
            state=self.first_state,
            now=now,
        )
        # Without the password, which is compared by its slow hash: a fast one beside that would undo it.
        request = fingerprint(command.username, command.email, command.public_name, command.locale)
        async with self.units() as unit:
            made = await once(
                unit.idempotency,
                scope=REGISTER_SCOPE,
                request_id=command.request_id,
                request=request,
                now=now,
                make=partial(_add, unit, user, owner_id),
            )
            if made[1]:
                await unit.commit()
        return made

    async def _owner_of(self, email: str) -> UserId | None:
        """Whose mailbox it is, be their record damaged or not, or None."""
        try:
            owner = await self.reader.credentials_by_email(email)
        except UserRecordCorrupt as error:
            return UserId.parse(error.metadata["user_id"], "user_id")
        return None if owner is None else owner.user_id

    async def _check_repeated(self, command: RegisterUser, made: Credentials | None) -> None:
        """Raise RequestIdReused unless the password is that of the account; a removed one has none to compare with.

        It is the account's hash that it is compared with, which takes as long as a login. So after a change of the
        password the registration can't be repeated any more.
        """
        if made is None or command.request_id is None:
            return
        try:
            await self.passwords.check(made, command.password, [ThrottleKey.request(str(command.request_id))])
        except InvalidCredentials:
            raise request_id_reused(command.request_id) from None


async def _add_active(unit: UsersUnitOfWork, user: User) -> str:
    await unit.users.add(user)
    await unit.audit.append(AuditKind.ACCOUNT_CREATED, user.user_id, roles=", ".join(sorted(user.roles)))
    return str(user.user_id)


async def _add(unit: UsersUnitOfWork, user: User, owner_id: UserId | None) -> str:
    if owner_id is None:
        user.register()
    else:
        user.stand_in(owner_id)
    await unit.users.add(user)
    await unit.audit.append(AuditKind.ACCOUNT_CREATED, user.user_id, actor=Actor.user(user.user_id))
    return str(user.user_id)
