"""Which handler of this context takes a command or an event."""

from typing import Final

from emo_grpc.shared.domain.events import ServiceAccountEnded, UserRemoved
from emo_grpc.shared.service_layer.handlers import Handlers, joined
from emo_grpc.shared.service_layer.outbox import Subscriptions
from emo_grpc.users.domain.events import (
    AccountRemoved,
    ActivationMailRequested,
    AddressReused,
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    EmailSet,
    IdentityLinked,
    NewDeviceUsed,
    PasswordChanged,
    PasswordResetRequested,
    UserRegistered,
)
from emo_grpc.users.service_layer.handler_tables import HandlerTables
from emo_grpc.users.service_layer.users_ports import UsersPorts

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
    EmailSet: ("send_email_set_mail",),
    IdentityLinked: ("send_identity_linked_mail",),
    UserRemoved: ("forget_traces_of_user",),
}
"""The names of `Handlers.events`, by which outbox rows are stored: never rename one while rows may wait."""


def users_handlers(ports: UsersPorts) -> Handlers:
    """All handlers of this context, on these ports."""
    tables = HandlerTables(ports)
    return joined(
        [
            tables.accounts(),
            tables.administration(),
            tables.logins(),
            tables.recovery(),
            tables.email_changes(),
            tables.services(),
            tables.issuers(),
            tables.maintenance(),
        ]
    )
