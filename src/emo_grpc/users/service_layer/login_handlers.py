"""How sessions begin, go on and end."""

from dataclasses import dataclass, replace
from datetime import datetime

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.email_address import email_key
from emo_grpc.users.domain.errors import (
    PasswordLoginOff,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionNotFound,
    UserRecordCorrupt,
)
from emo_grpc.users.domain.secrets import RefreshToken
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.session_commands import (
    ChangePassword,
    LogIn,
    LogOut,
    RefreshTokens,
    RevokeSession,
    Tokens,
)
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.familiar_peers import FamiliarPeers
from emo_grpc.users.service_layer.new_passwords import NewPasswords
from emo_grpc.users.service_layer.password_check import PasswordCheck, get_unchanged
from emo_grpc.users.service_layer.ports import (
    AccessTokenSigner,
    Credentials,
    CredentialsReader,
    PasswordHasher,
)
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.security_log import login_of_damaged_account, refresh_token_reused
from emo_grpc.users.service_layer.session_tokens import EXPIRED_PER_LOGIN, tokens_of
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class LoginHandlers:
    """The handlers, with what they need. `takes_passwords`: sessions begin with them."""

    units: UsersUnits
    reader: CredentialsReader
    passwords: PasswordCheck
    refused: RefusedLogins
    familiar_peers: FamiliarPeers
    new_passwords: NewPasswords
    hasher: PasswordHasher
    signer: AccessTokenSigner
    clock: Clock
    takes_passwords: bool

    async def log_in(self, command: LogIn) -> Tokens:
        """Begin a session.

        Raises PasswordLoginOff, InvalidCredentials, LoginThrottled, UserNotActivated or UserDisabled.
        """
        if not self.takes_passwords:
            raise PasswordLoginOff
        credentials = await self._credentials(command)
        name = email_key(command.identifier) if command.identified_by == "email" else command.identifier
        device = self.familiar_peers.device(credentials, command.device_token)
        keys = await self.familiar_peers.keys(credentials, name, command.peer, device)
        checked = await self.passwords.check(credentials, command.password, keys)
        is_new = not (device or await self.familiar_peers.is_known_device(checked, command.device_id, command.peer))
        new_hash = await self.hasher.renewed(command.password, checked.password_hash)
        now = self.clock()
        async with self.units() as unit:
            user = await get_unchanged(unit, checked)
            with self.refused.of(user.user_id):
                user.check_can_log_in()
            if new_hash is not None:
                user.rehash_password(new_hash)
                await unit.users.save(user)
            session, token = Session.begin(user.user_id, command.device_id, command.scopes, now)
            if is_new:
                session.report_new_device(command.peer)
            await unit.sessions.add(session)
            # Logins are what makes sessions pile up, so each takes some expired ones away.
            await unit.sessions.remove_expired(now, EXPIRED_PER_LOGIN)
            await unit.audit.append(
                AuditKind.LOGIN,
                user.user_id,
                actor=Actor.user(user.user_id),
                session_id=str(session.session_id),
                device_id=session.device_id,
            )
            await unit.commit()
        await self.familiar_peers.remember(checked, command.device_id, command.peer)
        tokens = tokens_of(self.signer, user, session, token, now, is_fresh=True)
        return replace(tokens, device_token=self.familiar_peers.token(checked, device))

    async def refresh_tokens(self, command: RefreshTokens) -> Tokens:
        """Go on with a session; raises RefreshTokenInvalid or RefreshTokenReused, which has ended the session."""
        token = RefreshToken.parse(command.refresh_token)
        now = self.clock()
        async with self.units() as unit:
            try:
                session = await unit.sessions.get(token.session_id)
            except SessionNotFound:
                raise RefreshTokenInvalid from None
            try:
                successor = session.rotate(token, now)
            except RefreshTokenReused:
                await unit.sessions.remove(session.session_id)
                await unit.audit.append(
                    AuditKind.SESSION_ENDED, session.user_id, session_id=str(session.session_id), cause="reused token"
                )
                await unit.commit()
                refresh_token_reused(session.user_id, session.session_id)
                raise
            user = await unit.users.get(session.user_id)
            if user.state is not UserState.ACTIVE:
                raise RefreshTokenInvalid
            await unit.sessions.save(session)
            await unit.commit()
        return tokens_of(self.signer, user, session, successor, now, is_fresh=False)

    async def log_out(self, command: LogOut) -> None:
        """End the session of the token, be it the latest or a spent one; anything else is ignored."""
        try:
            token = RefreshToken.parse(command.refresh_token)
        except RefreshTokenInvalid:
            return
        async with self.units() as unit:
            try:
                session = await unit.sessions.get(token.session_id)
            except SessionNotFound:
                return
            if session.owns(token):
                await unit.sessions.remove(session.session_id)
                who = Actor.user(session.user_id)
                await unit.audit.append(
                    AuditKind.SESSION_ENDED, session.user_id, actor=who, session_id=str(session.session_id)
                )
                await unit.commit()

    async def change_password(self, command: ChangePassword) -> str:
        """Have another password, no other session and no other known device; gives this one's next token.

        Raises InvalidCredentials, LoginThrottled or PasswordTooWeak.
        """
        credentials = await self.reader.credentials(command.user_id)
        keys = [ThrottleKey.caller(str(command.user_id))]
        checked = await self.passwords.check(credentials, command.old_password, keys)
        password_hash = await self.new_passwords.hash(command.new_password, checked.owner, field="new_password")
        async with self.units() as unit:
            user = await get_unchanged(unit, checked)
            user.change_password(password_hash, self.clock())
            await unit.users.save(user)
            ended = await unit.sessions.remove_of_user(user.user_id, but=command.session_id)
            await unit.audit.append(AuditKind.PASSWORD_CHANGED, user.user_id, ended_sessions=str(ended))
            await unit.commit()
        await self.familiar_peers.remember_change(user, command.peer)
        return self.familiar_peers.token(user, self.familiar_peers.device(checked, command.device_token))

    async def revoke_session(self, command: RevokeSession) -> None:
        """End one of the user's sessions, also a damaged one; raises SessionNotFound, also for another user's."""
        async with self.units() as unit:
            session = await unit.sessions.find(command.session_id)
            if session is None or session.user_id != command.user_id or _is_over(session, self.clock()):
                raise SessionNotFound
            await unit.sessions.remove(session.session_id)
            await unit.audit.append(AuditKind.SESSION_ENDED, session.user_id, session_id=str(session.session_id))
            await unit.commit()

    async def _credentials(self, command: LogIn) -> Credentials | None:
        """Those of the account; None if there is none, or a damaged one, of which a stranger must not hear.

        Nor does an address lead to an account before its owner has shown that it is theirs: who registered with an
        address would see from the answer whether another account has it.
        """
        try:
            if command.identified_by == "email":
                found = await self.reader.credentials_by_email(command.identifier)
                return None if found is not None and found.state is UserState.PENDING else found
            # No username has capitals, but keyboards like to begin with one.
            return await self.reader.credentials_by_username(command.identifier.lower())
        except UserRecordCorrupt as error:
            login_of_damaged_account(error.metadata["user_id"])
            return None


def _is_over(session: Session | DamagedSession, now: datetime) -> bool:
    return isinstance(session, Session) and session.expire_time <= now
