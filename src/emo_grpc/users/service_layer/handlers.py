"""The table of this context's handlers, with what they need bound."""

from dataclasses import dataclass
from functools import partial

from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.message_bus import CommandHandlers
from emo_grpc.shared.service_layer.outbox import EventHandlers
from emo_grpc.users.domain import commands, session_commands
from emo_grpc.users.domain.events import UserRegistered
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer import accounts, activation, administration, housekeeping, logins
from emo_grpc.users.service_layer.familiar_peers import FamiliarPeers
from emo_grpc.users.service_layer.password_check import PasswordCheck
from emo_grpc.users.service_layer.ports import (
    AccessTokenSigner,
    CredentialsReader,
    LoginThrottle,
    Mailer,
    PasswordHasher,
)
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the handlers stand on. `first_state` is that of a new account, `public_url` may be empty."""

    units: UsersUnits
    reader: CredentialsReader
    hasher: PasswordHasher
    signer: AccessTokenSigner
    throttle: LoginThrottle
    mailer: Mailer
    clock: Clock
    first_state: UserState
    public_url: str


def command_handlers(ports: Ports) -> CommandHandlers:
    """Every command with its handler."""
    return {**_account_handlers(ports), **_login_handlers(ports), **_housekeeping_handlers(ports)}


def _account_handlers(ports: Ports) -> CommandHandlers:
    units, clock = ports.units, ports.clock
    return {
        commands.RegisterUser: partial(
            accounts.register_user,
            units=units,
            reader=ports.reader,
            passwords=_password_check(ports),
            hasher=ports.hasher,
            clock=clock,
            first_state=ports.first_state,
        ),
        commands.CreateUser: partial(accounts.create_user, units=units, hasher=ports.hasher, clock=clock),
        commands.ActivateUser: partial(accounts.activate_user, units=units, clock=clock),
        commands.UpdateMe: partial(accounts.update_me, units=units, clock=clock),
        commands.DeleteMe: partial(
            accounts.delete_me, units=units, reader=ports.reader, passwords=_password_check(ports)
        ),
        commands.SetUserState: partial(administration.set_user_state, units=units, clock=clock),
        commands.SetUserRoles: partial(administration.set_user_roles, units=units, clock=clock),
        commands.SetRolesByUsername: partial(administration.set_roles_by_username, units=units, clock=clock),
        commands.RemoveUser: partial(administration.remove_user, units=units),
    }


def _login_handlers(ports: Ports) -> CommandHandlers:
    units, clock = ports.units, ports.clock
    passwords = _password_check(ports)
    return {
        session_commands.LogIn: partial(
            logins.log_in,
            units=units,
            reader=ports.reader,
            passwords=passwords,
            familiar_peers=FamiliarPeers(ports.throttle, clock),
            hasher=ports.hasher,
            signer=ports.signer,
            clock=clock,
        ),
        session_commands.RefreshTokens: partial(logins.refresh_tokens, units=units, signer=ports.signer, clock=clock),
        session_commands.LogOut: partial(logins.log_out, units=units),
        session_commands.ChangePassword: partial(
            logins.change_password,
            units=units,
            reader=ports.reader,
            passwords=passwords,
            hasher=ports.hasher,
            clock=clock,
        ),
        session_commands.RevokeSession: partial(logins.revoke_session, units=units, clock=clock),
    }


def _housekeeping_handlers(ports: Ports) -> CommandHandlers:
    return {
        commands.DropExpired: partial(
            housekeeping.drop_expired, units=ports.units, throttle=ports.throttle, clock=ports.clock
        ),
        commands.UpgradeDocuments: partial(housekeeping.upgrade_documents, units=ports.units),
    }


def _password_check(ports: Ports) -> PasswordCheck:
    return PasswordCheck(ports.hasher, ports.throttle, ports.clock)


def event_handlers(ports: Ports) -> EventHandlers:
    """Every event of this context with its handlers, by the names that outbox rows carry."""
    send = partial(
        activation.send_activation_mail,
        units=ports.units,
        mailer=ports.mailer,
        clock=ports.clock,
        public_url=ports.public_url,
    )
    return {UserRegistered: {"send_activation_mail": send}}
