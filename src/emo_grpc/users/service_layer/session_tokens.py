"""What a session is carried on with."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from emo_grpc.users.domain.secrets import RefreshToken
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.session_commands import Tokens
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import AccessClaims, AccessTokenSigner

ACCESS_LIFETIME: Final = timedelta(minutes=15)
EXPIRED_PER_LOGIN: Final = 10


def tokens_of(
    signer: AccessTokenSigner, user: User, session: Session, token: RefreshToken, now: datetime, *, is_fresh: bool
) -> Tokens:
    """The next tokens of a session: an access token, and this refresh token."""
    claims = access_claims(user, session, now, is_fresh=is_fresh)
    return Tokens(
        user_id=user.user_id,
        access_token=signer.sign(claims),
        refresh_token=token.text,
        access_expire_time=claims.expire_time,
        refresh_expire_time=session.expire_time,
    )


def access_claims(user: User, session: Session, now: datetime, *, is_fresh: bool) -> AccessClaims:
    """What the next access token of a session says."""
    issue_time = now.replace(microsecond=0)
    return AccessClaims(
        token_id=uuid4(),
        user_id=user.user_id,
        session_id=session.session_id,
        roles=user.roles,
        scopes=session.scopes,
        is_fresh=is_fresh,
        issue_time=issue_time,
        expire_time=issue_time + ACCESS_LIFETIME,
    )
