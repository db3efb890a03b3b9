"""What people do with their own accounts."""

from functools import partial
from typing import Final

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once, request_id_reused
from emo_grpc.users.domain.commands import ActivateUser, CreateUser, DeleteMe, RegisterUser, UpdateMe
from emo_grpc.users.domain.errors import ActivationTokenInvalid, InvalidCredentials, UserNotFound
from emo_grpc.users.domain.rules import DEFAULT_LOCALE
from emo_grpc.users.domain.secrets import ActivationSecret
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.administration import keep_an_admin
from emo_grpc.users.service_layer.password_check import PasswordCheck, still_known_by
from emo_grpc.users.service_layer.ports import Credentials, CredentialsReader, PasswordHasher
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

REGISTER_SCOPE: Final = "RegisterUser"


async def register_user(
    command: RegisterUser,
    *,
    units: UsersUnits,
    reader: CredentialsReader,
    passwords: PasswordCheck,
    hasher: PasswordHasher,
    clock: Clock,
    first_state: UserState,
) -> UserId:
    """Make an account in `first_state`; the same request_id again gives the first one's id.

    Raises RequestIdReused when any field is another one, and LoginThrottled when too many passwords were tried so.
    """
    # Hashing is slow, so it comes before the unit of work, which others wait for.
    password_hash = await hasher.hash(command.password)
    now = clock()
    user = User(
        user_id=UserId.new(),
        username=command.username,
        email=command.email,
        password_hash=password_hash,
        public_name=command.public_name or command.username,
        locale=command.locale or DEFAULT_LOCALE,
        state=first_state,
        roles=frozenset({Role.USER}),
        create_time=now,
        update_time=now,
    )
    # Without the password, which is compared by its slow hash: a fast one beside that would undo it.
    request = fingerprint(command.username, command.email, command.public_name, command.locale)
    async with units() as unit:
        result, is_new = await once(
            unit.idempotency,
            scope=REGISTER_SCOPE,
            request_id=command.request_id,
            request=request,
            now=now,
            make=partial(_add, unit, user),
        )
        if is_new:
            await unit.commit()
    user_id = UserId.parse(result, "user_id")
    if not is_new:
        await _check_repeated(command, await reader.credentials(user_id), passwords)
    return user_id


async def _check_repeated(command: RegisterUser, made: Credentials | None, passwords: PasswordCheck) -> None:
    """Raise RequestIdReused unless the password is that of the account; one that is gone has none to compare with.

    It is the account's hash that it is compared with, which takes as long as a login. So after a change of the
    password the registration can't be repeated any more.
    """
    if made is None or command.request_id is None:
        return
    try:
        await passwords.check(made, command.password, [ThrottleKey.request(str(command.request_id))])
    except InvalidCredentials:
        raise request_id_reused(command.request_id) from None


async def _add(unit: UsersUnitOfWork, user: User) -> str:
    user.register()
    await unit.users.add(user)
    return str(user.user_id)


async def create_user(command: CreateUser, *, units: UsersUnits, hasher: PasswordHasher, clock: Clock) -> UserId:
    """Make an ACTIVE account without any mail."""
    password_hash = await hasher.hash(command.password)
    now = clock()
    user = User(
        user_id=UserId.new(),
        username=command.username,
        email=command.email,
        password_hash=password_hash,
        public_name=command.username,
        locale=DEFAULT_LOCALE,
        state=UserState.ACTIVE,
        roles=command.roles,
        create_time=now,
        update_time=now,
    )
    async with units() as unit:
        await unit.users.add(user)
        await unit.commit()
    return user.user_id


async def activate_user(command: ActivateUser, *, units: UsersUnits, clock: Clock) -> None:
    """Make a PENDING account ACTIVE; raises ActivationTokenInvalid."""
    secret = ActivationSecret.parse(command.activation_token)
    async with units() as unit:
        try:
            user = await unit.users.get(secret.user_id)
        except UserNotFound:
            raise ActivationTokenInvalid from None
        user.activate(secret.token_hash, clock())
        await unit.users.save(user)
        await unit.commit()


async def update_me(command: UpdateMe, *, units: UsersUnits, clock: Clock) -> None:
    """Change what is given; raises EtagMismatch or UsernameTaken."""
    async with units() as unit:
        user = await unit.users.get(command.user_id)
        user.check_etag(command.etag)
        user.change_profile(
            clock(),
            username=command.username,
            public_name=command.public_name,
            locale=None if command.locale is None else command.locale or DEFAULT_LOCALE,
        )
        await unit.users.save(user)
        await unit.commit()


async def delete_me(
    command: DeleteMe, *, units: UsersUnits, reader: CredentialsReader, passwords: PasswordCheck
) -> None:
    """Remove the account and what it owns; raises InvalidCredentials, LoginThrottled or LastAdmin."""
    credentials = await reader.credentials(command.user_id)
    checked = await passwords.check(credentials, command.password, [ThrottleKey.caller(str(command.user_id))])
    async with units() as unit:
        user = await still_known_by(unit, checked)
        await keep_an_admin(unit, user)
        user.remove()
        await unit.users.remove(user)
        await unit.commit()
