"""Builds the users context on the engines."""

from dataclasses import dataclass
from typing import Final

from emo.users.v1.users_pb2_grpc import add_UsersServiceServicer_to_server
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.issuers import trusted_issuers
from emo_grpc.bootstrap.observing.commands import message_bus
from emo_grpc.bootstrap.service_accounts import key_check
from emo_grpc.bootstrap.token_keys import token_keys
from emo_grpc.settings import PasswordLogin, Settings
from emo_grpc.shared.entrypoints.server import Service
from emo_grpc.shared.service_layer.authentication import Authenticator
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.outbox import EventHandlers
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS, UserUpcasters
from emo_grpc.users.adapters.mail.folder import MailFolder
from emo_grpc.users.adapters.mail.log import LogMailer
from emo_grpc.users.adapters.mail.smtp import SmtpMailer, SmtpServer
from emo_grpc.users.adapters.mail.templates import TemplateMailTexts
from emo_grpc.users.adapters.passwords.zxcvbn_password_strength import ZxcvbnPasswordStrength
from emo_grpc.users.domain.commands import DropExpired, UpgradeDocuments
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.entrypoints.servicer import UsersServicer
from emo_grpc.users.service_layer.authentication import SessionAuthenticator
from emo_grpc.users.service_layer.handlers import users_handlers
from emo_grpc.users.service_layer.mails.ports import Mailer
from emo_grpc.users.service_layer.ports import PasswordHasher
from emo_grpc.users.service_layer.users_ports import UsersPorts
from emo_grpc.users.service_layer.views import UserViews

NO_SENDER: Final = "emo@localhost"


@dataclass(frozen=True, slots=True)
class UsersContext:
    """What the server and the command line take of this context."""

    servicer: UsersServicer
    authenticator: Authenticator
    bus: MessageBus
    views: UserViews
    event_handlers: EventHandlers

    @property
    def service(self) -> Service:
        """UsersService."""
        return Service("emo.users.v1.UsersService", self.servicer, add_UsersServiceServicer_to_server)

    async def sweep(self) -> None:
        """Drop what is over."""
        while await self.bus.handle(DropExpired()):
            pass

    async def outdated(self) -> int:
        """How many documents of earlier releases wait to be brought up to date."""
        return await self.views.outdated()

    async def upgrade_documents(self) -> int:
        """Bring a batch of them up to date; gives how many. Raises DataLoss when only damaged ones are left."""
        return await self.bus.handle(UpgradeDocuments())


def build_users(
    engines: Engines, hasher: PasswordHasher | None = None, upcasters: UserUpcasters = UPCASTERS
) -> UsersContext:
    """Bind the handlers to their adapters. `hasher` replaces Argon2id at its full cost."""
    keys = token_keys(engines.settings)
    tokens = JwtAccessTokens(keys.current, keys.others)
    reader, services = engines.metadata.credentials, key_check(engines)
    sends_mail = bool(engines.settings.email_smtp_server)
    ports = UsersPorts(
        units=engines.metadata.users_units(upcasters),
        reader=reader,
        hasher=hasher or Argon2PasswordHasher(),
        strength=ZxcvbnPasswordStrength(),
        signer=tokens,
        verifier=tokens,
        services=services,
        issuers=trusted_issuers(engines.settings, engines.clock),
        throttle=engines.metadata.login_throttle,
        device_tokens=_device_tokens(engines.settings),
        texts=TemplateMailTexts(engines.settings.public_url),
        mailer=_mailer(engines.settings),
        refusals=engines.audit_writer,
        dead_letters=engines.dead_letters,
        clock=engines.clock,
        first_state=UserState.PENDING if sends_mail else UserState.ACTIVE,
        counts_requests=not engines.settings.is_ephemeral,
        takes_passwords=engines.settings.password_login is PasswordLogin.ON,
    )
    handlers = users_handlers(ports)
    bus = message_bus(handlers.commands, engines.tracing)
    views = engines.metadata.user_views
    return UsersContext(
        servicer=UsersServicer(bus=bus, views=views, page_tokens=engines.page_tokens),
        authenticator=SessionAuthenticator(tokens, reader, services, engines.clock),
        bus=bus,
        views=views,
        event_handlers=handlers.events,
    )


def _device_tokens(settings: Settings) -> HmacDeviceTokens:
    secret, *retired = (
        bytes.fromhex(each.get_secret_value()) for each in (settings.jwt_secret_key, *settings.jwt_secret_keys_retired)
    )
    return HmacDeviceTokens(secret, retired)


def _mailer(settings: Settings) -> Mailer:
    sender = settings.email_sender_address or NO_SENDER
    if not settings.email_smtp_server and settings.is_ephemeral:
        return LogMailer()
    if not settings.email_smtp_server:
        return MailFolder(settings.data_folder / "mail", sender)
    return smtp_mailer(settings)


def smtp_mailer(settings: Settings) -> SmtpMailer:
    """That of the mail server of the settings, which must name one."""
    return SmtpMailer(
        SmtpServer(
            host=settings.email_smtp_server,
            port=settings.email_smtp_port,
            security=settings.email_smtp_security.value,
            sender=settings.email_sender_address or NO_SENDER,
            password=settings.email_sender_password.get_secret_value(),
        )
    )
