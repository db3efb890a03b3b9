"""Knows which calls may be sent again."""

from typing import Final

from google.protobuf.message import Message

IDEMPOTENT: Final = {
    # RefreshTokens: a lost answer has spent the token anyway, so asking again never makes it worse.
    "emo.users.v1.UsersService": (
        "RegisterUser", "Login", "RefreshTokens", "Logout", "GetMe", "ListSessions", "ListUsers", "GetUser",
        "SetUserState", "SetUserRoles", "ResendActivation", "RequestPasswordReset", "RequestEmailChange",
        "ExchangeToken", "CreateUser",
    ),
    # CreateServiceKey and RevokeServiceKey are not: each time there would be one more key, or one that is not found.
    "emo.service_accounts.v1.ServiceAccountsService": (
        "CreateServiceAccount", "GetServiceAccount", "ListServiceAccounts",
    ),
    "emo.assets.v1.AssetsService": (
        "CreateAsset", "GetUploadStatus", "CancelUpload", "GetAsset", "ListAssets", "GetAssetStats", "GetTagCloud",
        "ListAllAssets", "ListFolders", "MoveFolder", "BatchGetAssets", "BatchUpdateAssets", "BatchDeleteAssets",
        "BatchRestoreAssets",
        "ListTags", "ListPeople", "ListPlaces", "GetTimeline", "RenameTag", "RenamePerson",
        "RenamePlace", "ListTrash", "EmptyTrash", "SearchAssets",
    ),
    "emo.server.v1.ServerService": ("GetServerInfo",),
    "emo.audit.v1.AuditService": ("ListAuditEvents", "ListMyActivity"),
}  # fmt: skip
"""The unary RPCs that may be sent again when it is not known whether the first one arrived."""

_REQUESTS: Final = frozenset(
    f"{service.rpartition('.')[0]}.{method}Request" for service, methods in IDEMPOTENT.items() for method in methods
)


def is_idempotent(request: Message) -> bool:
    """Whether the RPC of this request is one of them; in the contract, each RPC has a request of its own."""
    return request.DESCRIPTOR.full_name in _REQUESTS
