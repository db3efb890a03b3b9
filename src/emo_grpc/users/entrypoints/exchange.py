"""From ExchangeToken's messages to commands, and back."""

from collections.abc import Callable
from typing import Final, Literal
from uuid import UUID

from emo.users.v1 import users_pb2 as pb
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.timestamps import timestamp
from emo_grpc.users.domain.exchange_commands import (
    ActForUser,
    ExchangedToken,
    ExchangeServiceKey,
    Username,
)
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import ExchangeIssuerToken

UNREADABLE: Final = UserId(UUID(int=0))
"""Stands for an id that can't be read, so that the other fields are checked too."""

ACTOR_TOKENS: Final[dict[pb.TokenType.ValueType, Literal["access_token", "service_key"]]] = {
    pb.TOKEN_TYPE_ACCESS_TOKEN: "access_token",
    pb.TOKEN_TYPE_SERVICE_KEY: "service_key",
}


TokenExchange = ExchangeServiceKey | ExchangeIssuerToken


def exchange_command(request: pb.ExchangeTokenRequest, peer: str) -> TokenExchange | ActForUser:
    """Read the request; raises InvalidArgument."""
    subject = request.WhichOneof("subject")
    if subject is None:
        violations = Violations()
        violations.add("subject", "must be given: subject_token, user_id, username or external_identity")
        raise violations.error()
    return _of_token(request, peer) if subject == "subject_token" else _for_user(request, peer)


def _of_token(request: pb.ExchangeTokenRequest, peer: str) -> TokenExchange:
    violations = Violations()
    if request.actor_token or request.actor_token_type:
        violations.add("actor_token", "goes with user_id, username or external_identity, and not with a subject_token")
    read = _SUBJECT_TOKENS.get(request.subject_token_type)
    if read is None:
        violations.add("subject_token_type", "must be SERVICE_KEY or JWT")
        raise violations.error()
    return violations.finish(lambda: read(request, peer))


def _service_key(request: pb.ExchangeTokenRequest, peer: str) -> ExchangeServiceKey:
    return ExchangeServiceKey(service_key=request.subject_token, scopes=frozenset(request.scopes), peer=peer)


def _issuer_token(request: pb.ExchangeTokenRequest, peer: str) -> ExchangeIssuerToken:
    return ExchangeIssuerToken(subject_token=request.subject_token, scopes=frozenset(request.scopes), peer=peer)


_SUBJECT_TOKENS: Final[dict[pb.TokenType.ValueType, Callable[[pb.ExchangeTokenRequest, str], TokenExchange]]] = {
    pb.TOKEN_TYPE_SERVICE_KEY: _service_key,
    pb.TOKEN_TYPE_JWT: _issuer_token,
}


def _for_user(request: pb.ExchangeTokenRequest, peer: str) -> ActForUser:
    violations = Violations()
    if request.subject_token_type:
        violations.add("subject_token_type", "goes with a subject_token alone")
    user = violations.parse(lambda: _user(request)) or UNREADABLE
    kind = ACTOR_TOKENS.get(request.actor_token_type)
    if not request.actor_token:
        violations.add("actor_token", "must be given: the access token or the key of the service")
    elif kind is None:
        violations.add("actor_token_type", "must be ACCESS_TOKEN or SERVICE_KEY")
    return violations.finish(
        lambda: ActForUser(
            user=user,
            actor_token=request.actor_token,
            actor_token_type=kind or "access_token",
            scopes=frozenset(request.scopes),
            peer=peer,
        ),
    )


def _user(request: pb.ExchangeTokenRequest) -> UserId | Username | ExternalIdentity:
    match request.WhichOneof("subject"):
        case "user_id":
            return UserId.parse(request.user_id, "user_id")
        case "username":
            return Username(request.username)
        case _:
            named = request.external_identity
            return ExternalIdentity(named.issuer, named.external_id)


def exchange_response(exchanged: ExchangedToken) -> pb.ExchangeTokenResponse:
    """What a token was exchanged for."""
    return pb.ExchangeTokenResponse(
        access_token=exchanged.access_token,
        expire_time=timestamp(exchanged.expire_time),
        scopes=sorted(exchanged.scopes),
        user_id=str(exchanged.user_id or ""),
        service_account_id=str(exchanged.actor or ""),
    )
