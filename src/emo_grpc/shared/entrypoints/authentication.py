"""Checks access tokens, and who may call what."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.call_errors import (
    AccessNotDeclared,
    AdminRequired,
    FreshLoginRequired,
    ScopeRequired,
    ServicePermissionRequired,
)
from emo_grpc.shared.domain.errors import TokenInvalid, TokenMissing
from emo_grpc.shared.domain.principal import Caller, Principal, ServicePermission, ServicePrincipal
from emo_grpc.shared.entrypoints.call import Call, user_token_required
from emo_grpc.shared.entrypoints.method import Method
from emo_grpc.shared.entrypoints.session_watch import SESSION_CHECK, SessionWatch
from emo_grpc.shared.service_layer.authentication import Authenticator, CallerElsewhere

BEARER: Final = re.compile(r"(?i:bearer) +([A-Za-z0-9\-._~+/]+=*)")
"""RFC 6750 §2.1. Only the scheme is without case: to fold each character of a token takes five times as long."""
MAX_HEADER_CHARACTERS: Final = 8192


class Authentication:
    """Lets a call in if its RPC's access option allows the caller, and ends a stream when the session has ended.

    `on_authenticated` is called with each call whose caller is known; it may refuse the call.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        on_authenticated: Callable[[Call], None],
        session_check: timedelta = SESSION_CHECK,
    ) -> None:
        self._authenticator = authenticator
        self._on_authenticated = on_authenticated
        self._watch = SessionWatch(authenticator, session_check)

    async def __call__(self, call: Call) -> AbstractAsyncContextManager[None] | None:
        """Let one call in on behalf of its caller; gives what a stream has to run inside of."""
        if call.method.access == options_pb2.ACCESS_PUBLIC:
            return None
        if call.method.access == options_pb2.ACCESS_UNSPECIFIED:
            raise AccessNotDeclared("this method does not say who may call it, so nobody may")
        try:
            caller = await self._authenticator.authenticate(_bearer_token(call), call.peer.address)
        except CallerElsewhere as error:
            call.turned_away = error.caller
            raise
        call.made_by(caller)
        self._on_authenticated(call)
        _check(call.method, caller)
        return self._watch(caller, call.peer.address) if call.method.is_stream else None


def _check(method: Method, caller: Caller) -> None:
    if caller.scopes and method.scope not in caller.scopes:
        raise ScopeRequired(
            f"the access token is not good for {method.scope}: log in with that scope", metadata={"scope": method.scope}
        )
    if isinstance(caller, ServicePrincipal):
        _check_service(method, caller)
    else:
        _check_user(method, caller)


def _check_service(method: Method, service: ServicePrincipal) -> None:
    """Nothing but what administrators may do, and of that what the permissions of the service name."""
    if method.access != options_pb2.ACCESS_ADMIN:
        raise user_token_required()
    enough = {ServicePermission.ADMIN, method.service_permission}
    if not enough & service.permissions:
        needed = method.service_permission or ServicePermission.ADMIN
        raise ServicePermissionRequired(
            f"this service may not: it needs the permission {needed.name}", metadata={"permission": needed.name}
        )


def _check_user(method: Method, principal: Principal) -> None:
    if method.access == options_pb2.ACCESS_FRESH and not principal.is_fresh:
        raise FreshLoginRequired("this needs an access token that came from a password: log in again")
    if method.access == options_pb2.ACCESS_ADMIN and not principal.is_admin:
        raise AdminRequired("only administrators may do this")


def _bearer_token(call: Call) -> str:
    headers = call.metadata("authorization")
    if not headers:
        raise TokenMissing("send the metadata `authorization: Bearer <access token>`")
    if len(headers) > 1:
        raise TokenInvalid("send the metadata `authorization` once")
    found = BEARER.fullmatch(headers[0]) if len(headers[0]) <= MAX_HEADER_CHARACTERS else None
    if found is None:
        raise TokenInvalid("the metadata `authorization` must be `Bearer <access token>`")
    return found[1]
