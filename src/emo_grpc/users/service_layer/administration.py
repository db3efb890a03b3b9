"""What administrators do with other people's accounts."""

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import RemoveUser, SetRolesByUsername, SetUserRoles, SetUserState
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.errors import LastAdmin
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.security_log import user_removed
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits


async def keep_an_admin(unit: UsersUnitOfWork, user: User | DamagedUser) -> None:
    """Raise LastAdmin if nobody could administer any more without this user."""
    if user.is_active_admin and await unit.users.count_active_admins() <= 1:
        raise LastAdmin


async def set_user_state(command: SetUserState, *, units: UsersUnits, clock: Clock) -> None:
    """Enable or disable an account; raises UserNotFound or LastAdmin."""
    async with units() as unit:
        user = await unit.users.get(command.user_id)
        if command.state is UserState.DISABLED:
            await keep_an_admin(unit, user)
            await unit.sessions.remove_of_user(user.user_id)
        user.change_state(command.state, clock())
        await unit.users.save(user)
        await unit.commit()


async def set_user_roles(command: SetUserRoles, *, units: UsersUnits, clock: Clock) -> None:
    """Replace the roles; raises UserNotFound or LastAdmin."""
    async with units() as unit:
        user = await unit.users.get(command.user_id)
        await _replace_roles(unit, user, command.roles, clock)
        await unit.commit()


async def set_roles_by_username(command: SetRolesByUsername, *, units: UsersUnits, clock: Clock) -> UserId:
    """Replace the roles; raises UserNotFound or LastAdmin."""
    async with units() as unit:
        user = await unit.users.get_by_username(command.username)
        await _replace_roles(unit, user, command.roles, clock)
        await unit.commit()
    return user.user_id


async def _replace_roles(unit: UsersUnitOfWork, user: User, roles: frozenset[Role], clock: Clock) -> None:
    if Role.ADMIN not in roles:
        await keep_an_admin(unit, user)
    user.change_roles(roles, clock())
    await unit.users.save(user)
    await unit.sessions.remove_of_user(user.user_id)


async def remove_user(command: RemoveUser, *, units: UsersUnits) -> None:
    """Remove an account with what it owns, also a damaged one; raises UserNotFound or LastAdmin."""
    async with units() as unit:
        user = await unit.users.find(command.user_id)
        await keep_an_admin(unit, user)
        user.remove()
        await unit.users.remove(user)
        await unit.commit()
    user_removed(command.user_id, command.reason)
