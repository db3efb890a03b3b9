"""How people come in with tokens of other parties."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.errors import IdentityNotLinked, IssuerUnavailable
from emo_grpc.users.domain.exchange_commands import ExchangedToken
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import ExchangeIssuerToken, LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.throttling import Entrance
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.issuers.accounts import IssuerAccount
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims, TrustedIssuers
from emo_grpc.users.service_layer.ports import AccessTokenSigner, CredentialsReader, PasswordHasher
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.session_tokens import ACCESS_LIFETIME, EXPIRED_PER_LOGIN, access_claims
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

FRESH_LOGIN: Final = timedelta(minutes=5)
"""How long ago a person may have proven to the issuer who they are, for their access token to be FRESH."""
CLOCKS_APART: Final = timedelta(minutes=1)
LOCKED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class IssuerHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    reader: CredentialsReader
    issuers: TrustedIssuers
    hasher: PasswordHasher
    signer: AccessTokenSigner
    entrances: Entrances
    refused: RefusedLogins
    clock: Clock

    async def exchange(self, command: ExchangeIssuerToken) -> ExchangedToken:
        """Begin a session as short as its access token: the next one takes another word of the issuer.

        Raises what TrustedIssuers and IssuerAccount raise, and RateLimited after too many tokens that were not good.
        """
        now = self.clock()
        claims = await self._claims(command, now)
        locked = await self._locked(claims)
        async with self.units() as unit:
            user = await IssuerAccount(unit, claims, locked, self.refused, now).get()
            session = Session.begin_short(user.user_id, claims.identity.issuer, command.scopes, now, ACCESS_LIFETIME)
            await unit.sessions.add(session)
            await unit.sessions.remove_expired(now, EXPIRED_PER_LOGIN)
            await unit.audit.append(
                AuditKind.TOKEN_EXCHANGED,
                user.user_id,
                actor=Actor.user(user.user_id),
                session_id=str(session.session_id),
                issuer=claims.identity.issuer,
            )
            await unit.commit()
        signed = access_claims(user, session, now, is_fresh=_is_fresh(claims, now))
        return ExchangedToken(self.signer.sign(signed), signed.expire_time, session.scopes, user_id=user.user_id)

    async def link_identity(self, command: LinkIdentity) -> UserId:
        """Link it to the account, in place of another one, which loses it.

        Raises UserNotFound, or InvalidArgument for an issuer that is not trusted: nobody could come in by that.
        """
        if not self.issuers.trusts(command.identity.issuer):
            raise InvalidArgument.of("issuer", "is none of those in TRUSTED_ISSUERS_FILE, to the letter")
        now = self.clock()
        async with self.units() as unit:
            user = await unit.users.get_by_username(command.username)
            before = await unit.identities.user_of(command.identity)
            if before is not None and before != user.user_id:
                await _end(unit, before, command.identity)
            user.link(command.identity, now)
            await unit.users.save(user)
            await unit.identities.unlink(command.identity)
            await unit.identities.link(command.identity, user.user_id, now)
            await unit.audit.append(AuditKind.IDENTITY_LINKED, user.user_id, issuer=command.identity.issuer)
            await unit.commit()
        return user.user_id

    async def unlink_identity(self, command: UnlinkIdentity) -> UserId:
        """Unlink it; raises IdentityNotLinked."""
        async with self.units() as unit:
            user_id = await unit.identities.user_of(command.identity)
            if user_id is None:
                raise IdentityNotLinked
            user = await unit.users.get(user_id)
            user.unlink(self.clock())
            await unit.users.save(user)
            await _end(unit, user_id, command.identity)
            await unit.commit()
        return user_id

    async def _claims(self, command: ExchangeIssuerToken, now: datetime) -> IssuerClaims:
        """What the issuer says. That it can't be asked is no failure of who asks."""
        async with self.entrances.admitted(Entrance.TOKEN_EXCHANGE, command.subject_token, command.peer):
            try:
                return await self.issuers.claims(command.subject_token, now)
            except IssuerUnavailable as error:
                away = error
        raise away

    async def _locked(self, claims: IssuerClaims) -> str:
        """Hashing is slow, so it comes before the unit of work, and only where an account may be made."""
        if not claims.may_create_account or await self.reader.user_id_by_identity(claims.identity) is not None:
            return ""
        return await self.hasher.hash(secrets.token_hex(LOCKED_BYTES))


async def _end(unit: UsersUnitOfWork, user_id: UserId, identity: ExternalIdentity) -> None:
    await unit.identities.unlink(identity)
    ended, issuer = await unit.sessions.remove_of_user(user_id), identity.issuer
    await unit.audit.append(AuditKind.IDENTITY_UNLINKED, user_id, issuer=issuer, ended_sessions=str(ended))


def _is_fresh(claims: IssuerClaims, now: datetime) -> bool:
    """What is said to come only now is no proof of anything."""
    return claims.login_time is not None and -CLOCKS_APART < now - claims.login_time < FRESH_LOGIN
