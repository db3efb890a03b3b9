"""The errors of a call that is not answered because of how it was made, or because of how the server is."""

from emo_grpc.shared.domain.errors import (
    InvalidArgument,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from emo_grpc.shared.domain.reasons import ErrorReason


class UndecodableMessage(InvalidArgument):
    """The bytes of a message are not of its type."""

    reason = ErrorReason.UNDECODABLE_MESSAGE


class TooManyCalls(ResourceExhausted):
    """The server works at its limit of concurrent calls."""

    reason = ErrorReason.TOO_MANY_CALLS


class RateLimited(ResourceExhausted):
    """The caller, or callers like them, asked too often in a short time; `retry_after` says when to ask again."""

    reason = ErrorReason.RATE_LIMITED


class ClientStalled(Unavailable):
    """The client does not take what it asked for."""

    reason = ErrorReason.CLIENT_STALLED


class ServerDraining(Unavailable):
    """This server is going away; another one, or a new one, goes on."""

    reason = ErrorReason.SERVER_DRAINING


class FreshLoginRequired(Unauthenticated):
    """The RPC asks for a token from a password login."""

    reason = ErrorReason.FRESH_LOGIN_REQUIRED


class AdminRequired(PermissionDenied):
    """The RPC asks for the role ADMIN."""

    reason = ErrorReason.ADMIN_REQUIRED


class AccessNotDeclared(PermissionDenied):
    """The RPC does not say who may call it."""

    reason = ErrorReason.ACCESS_NOT_DECLARED


class ScopeRequired(PermissionDenied):
    """The token was not asked for with this service's scope."""

    reason = ErrorReason.SCOPE_REQUIRED


class ServicePermissionRequired(PermissionDenied):
    """The service account lacks a permission; metadata `permission` says which."""

    reason = ErrorReason.SERVICE_PERMISSION_REQUIRED


class UserTokenRequired(PermissionDenied):
    """The RPC is about the caller's own things, and a service has none."""

    reason = ErrorReason.USER_TOKEN_REQUIRED


class NetworkNotAllowed(PermissionDenied):
    """The service account may not come from the caller's address."""

    reason = ErrorReason.NETWORK_NOT_ALLOWED
