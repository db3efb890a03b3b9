"""What the handlers of this context stand on."""

from dataclasses import dataclass

from emo_grpc.shared.service_layer.audit.writer import Refusals
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.device_tokens import DeviceTokens
from emo_grpc.users.service_layer.issuers.ports import TrustedIssuers
from emo_grpc.users.service_layer.mails.ports import Mailer, MailTexts
from emo_grpc.users.service_layer.password_strength import PasswordStrength
from emo_grpc.users.service_layer.ports import (
    AccessTokenSigner,
    AccessTokenVerifier,
    CredentialsReader,
    LoginThrottle,
    PasswordHasher,
    ServiceAccounts,
)
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPorts:
    """The ports, and what the operator decided. `first_state` is that of a new account.

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
    dead_letters: DeadLetters
    clock: Clock
    first_state: UserState
    takes_passwords: bool = True
    counts_requests: bool = True
