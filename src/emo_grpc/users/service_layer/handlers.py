"""Which handler of this context takes a command or an event."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.service_layer.audit.writer import Refusals
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.handlers import Handlers
from emo_grpc.shared.service_layer.outbox import Subscriptions
from emo_grpc.users.domain import (
    commands,
    exchange_commands,
    issuer_commands,
    recovery_commands,
    session_commands,
)
from emo_grpc.users.domain.events import (
    AccountRemoved,
    ActivationMailRequested,
    AddressReused,
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    IdentityLinked,
    NewDeviceUsed,
    PasswordChanged,
    PasswordResetRequested,
    UserRegistered,
)
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.account_handlers import AccountHandlers
from emo_grpc.users.service_layer.administration_handlers import AdministrationHandlers
from emo_grpc.users.service_layer.device_tokens import DeviceTokens
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.exchange.handlers import ExchangeHandlers
from emo_grpc.users.service_layer.exchange.refused_exchanges import RefusedExchanges
from emo_grpc.users.service_layer.familiar_peers import FamiliarPeers
from emo_grpc.users.service_layer.issuers.handlers import IssuerHandlers
from emo_grpc.users.service_layer.issuers.ports import TrustedIssuers
from emo_grpc.users.service_layer.login_handlers import LoginHandlers
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.notice_handlers import NoticeHandlers
from emo_grpc.users.service_layer.mails.ports import Mailer, MailTexts
from emo_grpc.users.service_layer.maintenance_handlers import MaintenanceHandlers
from emo_grpc.users.service_layer.new_passwords import NewPasswords
from emo_grpc.users.service_layer.password_check import PasswordCheck
from emo_grpc.users.service_layer.password_strength import PasswordStrength
from emo_grpc.users.service_layer.ports import (
    AccessTokenSigner,
    AccessTokenVerifier,
    CredentialsReader,
    LoginThrottle,
    PasswordHasher,
    ServiceAccounts,
)
from emo_grpc.users.service_layer.recovery.activation_handlers import ActivationHandlers
from emo_grpc.users.service_layer.recovery.email_change_handlers import EmailChangeHandlers
from emo_grpc.users.service_layer.recovery.email_change_mails import EmailChangeMails
from emo_grpc.users.service_layer.recovery.mail_request_handlers import MailRequestHandlers
from emo_grpc.users.service_layer.recovery.password_reset_handlers import PasswordResetHandlers
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnits

SUBSCRIPTIONS: Final[Subscriptions] = {
    UserRegistered: ("send_activation_mail",),
    AddressReused: ("send_already_registered_mail",),
    PasswordChanged: ("send_password_changed_mail",),
    NewDeviceUsed: ("send_new_device_mail",),
    AccountRemoved: ("send_account_removed_mail",),
    ServiceAccountEnded: ("end_sessions_of_actor",),
    ActivationMailRequested: ("send_activation_mail",),
    PasswordResetRequested: ("send_reset_mail",),
    EmailChangeRequested: ("send_email_change_mail",),
    EmailChanged: ("send_email_changed_mail",),
    EmailChangeUndone: ("send_reset_mail",),
    IdentityLinked: ("send_identity_linked_mail",),
}
"""The names of `Handlers.events`, by which outbox rows are stored: never rename one while rows may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPorts:
    """What the handlers stand on. `first_state` is that of a new account.

    `counts_requests`: whether strangers may ask for accounts, mails and tokens only so often. `takes_passwords`:
    whether logins begin with them.
    """

    units: UsersUnits
    reader: CredentialsReader
    hasher: PasswordHasher
    strength: PasswordStrength
    signer: AccessTokenSigner
    verifier: AccessTokenVerifier
    services: ServiceAccounts
    issuers: TrustedIssuers
    throttle: LoginThrottle
    device_tokens: DeviceTokens
    texts: MailTexts
    mailer: Mailer
    refusals: Refusals
    clock: Clock
    first_state: UserState
    takes_passwords: bool = True
    counts_requests: bool = True


def users_handlers(ports: UsersPorts) -> Handlers:
    """All handlers of this context, on these ports."""
    units, reader, hasher, clock = ports.units, ports.reader, ports.hasher, ports.clock
    refused = RefusedLogins(ports.refusals, clock)
    passwords = PasswordCheck(hasher, ports.throttle, refused, clock)
    new_passwords = NewPasswords(ports.strength, hasher)
    entrances = Entrances(ports.throttle, clock, is_open=not ports.counts_requests)
    accounts = AccountHandlers(units, reader, passwords, new_passwords, entrances, clock, ports.first_state)
    mails = AccountMails(ports.texts, ports.mailer)
    activation = ActivationHandlers(units, mails, refused, clock)
    notices = NoticeHandlers(units, mails)
    requests = MailRequestHandlers(units, reader, entrances)
    resets = PasswordResetHandlers(units, new_passwords, mails, refused, clock)
    email_changes = EmailChangeHandlers(units, hasher, entrances, refused, clock)
    email_mails = EmailChangeMails(units, mails, clock)
    administration = AdministrationHandlers(units, clock)
    peers = FamiliarPeers(ports.throttle, ports.device_tokens, clock)
    logins = LoginHandlers(
        units, reader, passwords, refused, peers, new_passwords, hasher, ports.signer, clock, ports.takes_passwords
    )
    refused_exchanges = RefusedExchanges(reader, refused)
    exchanges = ExchangeHandlers(
        units, ports.services, entrances, refused_exchanges, ports.signer, ports.verifier, clock
    )
    issuers = IssuerHandlers(units, reader, ports.issuers, hasher, ports.signer, entrances, refused, clock)
    maintenance = MaintenanceHandlers(units, ports.throttle, clock)
    return Handlers(
        commands={
            commands.RegisterUser: accounts.register_user,
            commands.CreateUser: accounts.create_user,
            commands.UpdateMe: accounts.update_me,
            commands.DeleteMe: accounts.delete_me,
            commands.ActivateUser: activation.activate_user,
            recovery_commands.ResendActivation: requests.resend_activation,
            recovery_commands.RequestPasswordReset: requests.request_password_reset,
            recovery_commands.ResetPassword: resets.reset_password,
            recovery_commands.IssueResetToken: resets.issue_reset_token,
            recovery_commands.RequestEmailChange: email_changes.request_email_change,
            recovery_commands.ConfirmEmailChange: email_changes.confirm_email_change,
            recovery_commands.UndoEmailChange: email_changes.undo_email_change,
            commands.SetUserState: administration.set_user_state,
            commands.SetUserRoles: administration.set_user_roles,
            commands.SetRolesByUsername: administration.set_roles_by_username,
            commands.RemoveUser: administration.remove_user,
            session_commands.LogIn: logins.log_in,
            session_commands.RefreshTokens: logins.refresh_tokens,
            session_commands.LogOut: logins.log_out,
            session_commands.ChangePassword: logins.change_password,
            session_commands.RevokeSession: logins.revoke_session,
            exchange_commands.ExchangeServiceKey: exchanges.exchange_service_key,
            exchange_commands.ActForUser: exchanges.act_for_user,
            issuer_commands.ExchangeIssuerToken: issuers.exchange,
            issuer_commands.LinkIdentity: issuers.link_identity,
            issuer_commands.UnlinkIdentity: issuers.unlink_identity,
            commands.DropExpired: maintenance.drop_expired,
            commands.UpgradeDocuments: maintenance.upgrade_documents,
        },
        events={
            UserRegistered: {"send_activation_mail": activation.send_activation_mail},
            AddressReused: {"send_already_registered_mail": notices.send_already_registered_mail},
            PasswordChanged: {"send_password_changed_mail": notices.send_password_changed_mail},
            NewDeviceUsed: {"send_new_device_mail": notices.send_new_device_mail},
            AccountRemoved: {"send_account_removed_mail": notices.send_account_removed_mail},
            ServiceAccountEnded: {"end_sessions_of_actor": exchanges.end_sessions_of_actor},
            ActivationMailRequested: {"send_activation_mail": activation.send_activation_mail},
            PasswordResetRequested: {"send_reset_mail": resets.send_reset_mail},
            EmailChangeRequested: {"send_email_change_mail": email_mails.send_email_change_mail},
            EmailChanged: {"send_email_changed_mail": email_mails.send_email_changed_mail},
            EmailChangeUndone: {"send_reset_mail": resets.send_reset_mail},
            IdentityLinked: {"send_identity_linked_mail": notices.send_identity_linked_mail},
        },
    )
