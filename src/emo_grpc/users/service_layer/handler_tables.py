"""Makes the handlers of this context, and says theme by theme which command or event each takes."""

from emo_grpc.shared.domain.events import ServiceAccountEnded, UserRemoved
from emo_grpc.shared.service_layer.handlers import Handlers
from emo_grpc.users.domain import (
    commands,
    events,
    exchange_commands,
    issuer_commands,
    recovery_commands,
    session_commands,
)
from emo_grpc.users.service_layer.account_handlers import AccountHandlers
from emo_grpc.users.service_layer.administration_handlers import AdministrationHandlers
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.exchange.handlers import ExchangeHandlers
from emo_grpc.users.service_layer.exchange.refused_exchanges import RefusedExchanges
from emo_grpc.users.service_layer.familiar_peers import FamiliarPeers
from emo_grpc.users.service_layer.issuers.handlers import IssuerHandlers
from emo_grpc.users.service_layer.login_handlers import LoginHandlers
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.notice_handlers import NoticeHandlers
from emo_grpc.users.service_layer.maintenance_handlers import MaintenanceHandlers
from emo_grpc.users.service_layer.new_passwords import NewPasswords
from emo_grpc.users.service_layer.password_check import PasswordCheck
from emo_grpc.users.service_layer.recovery.activation_handlers import ActivationHandlers
from emo_grpc.users.service_layer.recovery.email_change_handlers import EmailChangeHandlers
from emo_grpc.users.service_layer.recovery.email_change_mails import EmailChangeMails
from emo_grpc.users.service_layer.recovery.mail_request_handlers import MailRequestHandlers
from emo_grpc.users.service_layer.recovery.password_reset_handlers import PasswordResetHandlers
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.users_ports import UsersPorts


class HandlerTables:
    """The tables, with what the handlers of several have in common."""

    def __init__(self, ports: UsersPorts) -> None:
        self._ports, self._units, self._clock = ports, ports.units, ports.clock
        self._refused = RefusedLogins(ports.refusals, ports.clock)
        self._passwords = PasswordCheck(ports.hasher, ports.throttle, self._refused, ports.clock)
        self._new_passwords = NewPasswords(ports.strength, ports.hasher)
        self._entrances = Entrances(ports.throttle, ports.clock, is_open=not ports.counts_requests)
        self._mails = AccountMails(ports.texts, ports.mailer)
        self._peers = FamiliarPeers(ports.throttle, ports.device_tokens, ports.clock)

    def accounts(self) -> Handlers:
        """What people do with their accounts, and what they are told of it by mail."""
        ports, units, clock = self._ports, self._units, self._clock
        accounts = AccountHandlers(
            units, ports.reader, self._passwords, self._new_passwords, self._entrances, clock, ports.first_state
        )
        notices = NoticeHandlers(units, self._mails)
        return Handlers(
            commands={
                commands.RegisterUser: accounts.register_user,
                commands.CreateUser: accounts.create_user,
                commands.UpdateMe: accounts.update_me,
                commands.DeleteMe: accounts.delete_me,
            },
            events={
                events.AddressReused: {"send_already_registered_mail": notices.send_already_registered_mail},
                events.PasswordChanged: {"send_password_changed_mail": notices.send_password_changed_mail},
                events.NewDeviceUsed: {"send_new_device_mail": notices.send_new_device_mail},
                events.AccountRemoved: {"send_account_removed_mail": notices.send_account_removed_mail},
                events.IdentityLinked: {"send_identity_linked_mail": notices.send_identity_linked_mail},
            },
        )

    def administration(self) -> Handlers:
        """What administrators do with the accounts of others."""
        administration = AdministrationHandlers(self._units, self._clock)
        return Handlers(
            commands={
                commands.SetUserState: administration.set_user_state,
                commands.SetUserRoles: administration.set_user_roles,
                commands.SetRolesByUsername: administration.set_roles_by_username,
                commands.RemoveUser: administration.remove_user,
            },
            events={},
        )

    def logins(self) -> Handlers:
        """Logins by password, and the sessions that begin so."""
        ports = self._ports
        logins = LoginHandlers(
            self._units,
            ports.reader,
            self._passwords,
            self._refused,
            self._peers,
            self._new_passwords,
            ports.hasher,
            ports.signer,
            self._clock,
            ports.takes_passwords,
        )
        return Handlers(
            commands={
                session_commands.LogIn: logins.log_in,
                session_commands.RefreshTokens: logins.refresh_tokens,
                session_commands.LogOut: logins.log_out,
                session_commands.ChangePassword: logins.change_password,
                session_commands.RevokeSession: logins.revoke_session,
            },
            events={},
        )

    def recovery(self) -> Handlers:
        """How people come in for the first time, and back in, by mailed tokens."""
        activation = ActivationHandlers(self._units, self._mails, self._refused, self._clock)
        requests = MailRequestHandlers(self._units, self._ports.reader, self._entrances)
        resets = PasswordResetHandlers(
            self._units, self._new_passwords, self._mails, self._peers, self._refused, self._clock
        )
        return Handlers(
            commands={
                commands.ActivateUser: activation.activate_user,
                recovery_commands.ResendActivation: requests.resend_activation,
                recovery_commands.RequestPasswordReset: requests.request_password_reset,
                recovery_commands.ResetPassword: resets.reset_password,
                recovery_commands.IssueResetToken: resets.issue_reset_token,
            },
            events={
                events.UserRegistered: {"send_activation_mail": activation.send_activation_mail},
                events.ActivationMailRequested: {"send_activation_mail": activation.send_activation_mail},
                events.PasswordResetRequested: {"send_reset_mail": resets.send_reset_mail},
                events.EmailChangeUndone: {"send_reset_mail": resets.send_reset_mail},
            },
        )

    def email_changes(self) -> Handlers:
        """How an account gets another address, and its former one back."""
        changes = EmailChangeHandlers(self._units, self._ports.hasher, self._entrances, self._refused, self._clock)
        mails = EmailChangeMails(self._units, self._mails, self._clock)
        return Handlers(
            commands={
                recovery_commands.RequestEmailChange: changes.request_email_change,
                recovery_commands.ConfirmEmailChange: changes.confirm_email_change,
                recovery_commands.UndoEmailChange: changes.undo_email_change,
                recovery_commands.SetEmail: changes.set_email,
            },
            events={
                events.EmailChangeRequested: {"send_email_change_mail": mails.send_email_change_mail},
                events.EmailChanged: {"send_email_changed_mail": mails.send_email_changed_mail},
                events.EmailSet: {"send_email_set_mail": mails.send_email_set_mail},
            },
        )

    def services(self) -> Handlers:
        """How other backends come in, in their own name and for users."""
        ports = self._ports
        refused = RefusedExchanges(ports.reader, self._refused)
        exchanges = ExchangeHandlers(
            self._units, ports.services, self._entrances, refused, ports.signer, ports.verifier, self._clock
        )
        return Handlers(
            commands={
                exchange_commands.ExchangeServiceKey: exchanges.exchange_service_key,
                exchange_commands.ActForUser: exchanges.act_for_user,
            },
            events={ServiceAccountEnded: {"end_sessions_of_actor": exchanges.end_sessions_of_actor}},
        )

    def issuers(self) -> Handlers:
        """How people come in with tokens of other parties."""
        ports, units, clock = self._ports, self._units, self._clock
        issuers = IssuerHandlers(
            units, ports.reader, ports.issuers, ports.hasher, ports.signer, self._entrances, self._refused, clock
        )
        return Handlers(
            commands={
                issuer_commands.ExchangeIssuerToken: issuers.exchange,
                issuer_commands.LinkIdentity: issuers.link_identity,
                issuer_commands.UnlinkIdentity: issuers.unlink_identity,
            },
            events={},
        )

    def maintenance(self) -> Handlers:
        """What is done from time to time."""
        ports = self._ports
        maintenance = MaintenanceHandlers(self._units, ports.throttle, ports.dead_letters, self._clock)
        return Handlers(
            commands={
                commands.DropExpired: maintenance.drop_expired,
                commands.UpgradeDocuments: maintenance.upgrade_documents,
            },
            events={UserRemoved: {"forget_traces_of_user": maintenance.forget_traces_of_user}},
        )
