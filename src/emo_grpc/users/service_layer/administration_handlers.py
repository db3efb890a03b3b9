"""What administrators do with other people's accounts."""

from dataclasses import dataclass

from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import RemoveUser, SetRolesByUsername, SetUserRoles, SetUserState
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.errors import LastAdmin, UserNotFound
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.security_log import user_removed
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits


async def require_another_admin(unit: UsersUnitOfWork, user: User | DamagedUser) -> None:
    """Raise LastAdmin if this user is the only active administrator."""
    if user.is_active_admin and await unit.users.count_active_admins() <= 1:
        raise LastAdmin


@dataclass(frozen=True, slots=True)
class AdministrationHandlers:
    """The handlers, with what they need. All raise UserNotFound or LastAdmin."""

    units: UsersUnits
    clock: Clock

    async def set_user_state(self, command: SetUserState) -> None:
        """Enable or disable an account."""
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            ended = 0
            if command.state is UserState.DISABLED:
                await require_another_admin(unit, user)
                ended = await unit.sessions.remove_of_user(user.user_id)
            user.change_state(command.state, self.clock())
            await unit.users.save(user)
            await unit.audit.append(
                AuditKind.STATE_CHANGED, user.user_id, state=str(user.state), ended_sessions=str(ended)
            )
            await unit.commit()

    async def set_user_roles(self, command: SetUserRoles) -> None:
        """Replace the roles."""
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            await self._replace_roles(unit, user, command.roles)
            await unit.commit()

    async def set_roles_by_username(self, command: SetRolesByUsername) -> UserId:
        """Replace the roles."""
        async with self.units() as unit:
            user = await unit.users.get_by_username(command.username)
            await self._replace_roles(unit, user, command.roles)
            await unit.commit()
        return user.user_id

    async def remove_user(self, command: RemoveUser) -> None:
        """Remove an account with what it owns, also a damaged one."""
        async with self.units() as unit:
            user = await unit.users.find(command.user_id)
            if user is None:
                raise UserNotFound
            await require_another_admin(unit, user)
            user.remove()
            await unit.users.remove(user)
            await unit.audit.append(AuditKind.ACCOUNT_REMOVED, user.user_id)
            await unit.commit()
        user_removed(command.user_id, command.reason)

    async def _replace_roles(self, unit: UsersUnitOfWork, user: User, roles: frozenset[Role]) -> None:
        if Role.ADMIN not in roles:
            await require_another_admin(unit, user)
        user.change_roles(roles, self.clock())
        await unit.users.save(user)
        ended = await unit.sessions.remove_of_user(user.user_id)
        roles_text = ", ".join(sorted(roles))
        await unit.audit.append(AuditKind.ROLES_CHANGED, user.user_id, roles=roles_text, ended_sessions=str(ended))
