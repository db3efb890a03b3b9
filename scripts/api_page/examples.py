"""A request for each RPC, as people would send it; a test sends each of them to a server."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from scripts.api_page.contract import Rpc

USER: Final = "1f0fa3a1-4a1f-4a9e-8f4e-5b0b7c0d9a11"
ASSET: Final = "7035095b-41a2-4f29-9bdb-85e84eadae56"
SESSION: Final = "5afb3c4d-e098-4448-b5b1-f22fb26f6a6f"
SERVICE: Final = "efae193d-809b-44b8-beed-78301877599c"
KEY: Final = "c1c7a9f2-3a9d-4a2e-8b55-3d62f8f7ab0c"
REQUEST: Final = "0b9e4a52-2f1c-4d3e-9c55-8a1f6f0c7d21"
PASSWORD: Final = "battery staple"  # noqa: S105 - nobody's

Message = Mapping[str, Any]  # JSON, as protobuf has it

EXAMPLES: Final[Mapping[str, Message | Sequence[Message]]] = MappingProxyType(
    {
        # UsersService
        "RegisterUser": {
            "username": "bob", "email": "bob@example.com", "password": PASSWORD, "request_id": REQUEST,
        },
        "ActivateUser": {"activation_token": "FROM-THE-MAIL"},
        "ResendActivation": {"email": "bob@example.com"},
        "Login": {"username": "bob", "password": PASSWORD, "device_id": "Bob's phone"},
        "RefreshTokens": {"refresh_token": "OF-THE-LOGIN"},
        "Logout": {"refresh_token": "OF-THE-LOGIN"},
        "ExchangeToken": {
            "username": "bob", "actor_token": "KEY-OF-THE-SERVICE", "actor_token_type": "TOKEN_TYPE_SERVICE_KEY",
        },
        "RequestPasswordReset": {"email": "bob@example.com"},
        "ResetPassword": {"reset_token": "FROM-THE-MAIL", "new_password": "correct horse battery"},
        "GetMe": {},
        "UpdateMe": {"user": {"public_name": "Bob", "locale": "es"}, "update_mask": "publicName,locale"},
        "ChangePassword": {"old_password": PASSWORD, "new_password": "correct horse battery"},
        "RequestEmailChange": {"new_email": "bob@example.org"},
        "ConfirmEmailChange": {"confirmation_token": "FROM-THE-MAIL"},
        "UndoEmailChange": {"undo_token": "FROM-THE-MAIL"},
        "DeleteMe": {"password": PASSWORD},
        "ListSessions": {"page_size": 10},
        "RevokeSession": {"session_id": SESSION},
        "ListUsers": {"page_size": 10},
        "GetUser": {"user_id": USER},
        "CreateUser": {"username": "carl", "email": "carl@example.com", "request_id": REQUEST},
        "SetUserState": {"user_id": USER, "state": "USER_STATE_DISABLED"},
        "SetUserRoles": {"user_id": USER, "roles": ["ROLE_USER", "ROLE_ADMIN"]},
        "RemoveUser": {"user_id": USER},
        # AssetsService
        "CreateAsset": {
            "asset": {
                "title": "The lake",
                "tags": ["sea", "family"],
                "event_date": "1994-08-01T00:00:00Z",
                "file": {"name": "lake.jpg", "content_type": "image/jpeg", "size_bytes": "12"},
            },
            "request_id": REQUEST,
        },
        "UploadAsset": [
            {"start": {"asset_id": ASSET}},
            {"chunk": {"data": "QnV5IGZsb3dlcnMK"}},
            {"finish": {}},
        ],
        "GetUploadStatus": {"asset_id": ASSET},
        "CancelUpload": {"asset_id": ASSET},
        "DownloadAsset": {"asset_id": ASSET, "offset": "4", "length": "7"},
        "GetAsset": {"asset_id": ASSET},
        "ListAssets": {
            "page_size": 10, "order_by": "event_date desc",
            "filter": {"kinds": ["ASSET_KIND_PHOTO"], "expression": "tags:sea OR (lake AND event_date >= 1994)"},
        },
        "SearchAssets": {
            "query": "grandma birth", "filter": {"event_date_from": "1994", "event_date_to": "1995-06"}, "page_size": 10
        },
        "UpdateAsset": {"asset": {"asset_id": ASSET, "title": "The sea"}, "update_mask": "title"},
        "DeleteAsset": {"asset_id": ASSET},
        "BatchGetAssets": {"asset_ids": [ASSET]},
        "BatchUpdateAssets": {
            "asset_ids": [ASSET], "asset": {"location": "The lake"}, "add_people": ["Grandma"], "request_id": REQUEST,
        },
        "BatchDeleteAssets": {"filter": {"tags": ["blurred"]}, "expected_count": 0, "request_id": REQUEST},
        "RestoreAsset": {"asset_id": ASSET},
        "BatchRestoreAssets": {"asset_ids": [ASSET], "request_id": REQUEST},
        "PurgeAsset": {"asset_id": ASSET, "force": True},
        "EmptyTrash": {"request_id": REQUEST},
        "ListTrash": {"page_size": 10},
        "GetAssetStats": {},
        "GetTagCloud": {"limit": 20},
        "ListFolders": {"page_size": 10},
        "MoveFolder": {"source": "Photos", "destination": "Family/Photos", "request_id": REQUEST},
        "ListTags": {"prefix": "fam", "page_size": 10},
        "ListPeople": {"order_by": "count desc", "page_size": 10},
        "ListPlaces": {},
        "RenameTag": {"tag": "sea", "new_tag": "beach", "request_id": REQUEST},
        "RenamePerson": {"person": "Granny", "new_person": "Grandma", "request_id": REQUEST},
        "RenamePlace": {"location": "Zurich", "new_location": "Zürich", "request_id": REQUEST},
        "GetTimeline": {"unit": "TIMELINE_UNIT_MONTH", "first": "1994", "last": "1995-06"},
        "ListAllAssets": {"owner_id": USER, "filter": {"states": ["ASSET_STATE_PENDING"]}},
        # ServiceAccountsService
        "CreateServiceAccount": {
            "service_account": {
                "name": "shop", "description": "Sends orders as files",
                "permissions": ["SERVICE_PERMISSION_ACT_FOR_USERS"], "networks": ["192.0.2.0/24"],
            },
            "request_id": REQUEST,
        },
        "GetServiceAccount": {"service_account_id": SERVICE},
        "ListServiceAccounts": {"page_size": 10},
        "UpdateServiceAccount": {
            "service_account": {"service_account_id": SERVICE, "state": "SERVICE_ACCOUNT_STATE_DISABLED"},
            "update_mask": "state",
        },
        "RemoveServiceAccount": {"service_account_id": SERVICE},
        "CreateServiceKey": {"service_account_id": SERVICE, "expire_time": "2100-01-01T00:00:00Z"},
        "RevokeServiceKey": {"service_account_id": SERVICE, "key_id": KEY},
        # AuditService
        "ListAuditEvents": {"kind": "AUDIT_KIND_LOGIN_FAILED", "start_time": "2026-11-01T00:00:00Z"},
        "ListMyActivity": {"page_size": 10},
        # ServerService
        "GetServerInfo": {},
    }
)  # fmt: skip
"""By the names of RPCs; a list is the messages of a stream."""


def messages_of(example: Message | Sequence[Message]) -> list[Message]:
    """One, or those of a stream."""
    return [example] if isinstance(example, Mapping) else list(example)


def command(service: str, rpc: Rpc, example: Message | Sequence[Message]) -> str:
    """The line for grpcurl."""
    token = "" if rpc.access == "ACCESS_PUBLIC" else '-H "authorization: Bearer $TOKEN" '
    target = f"localhost:50051 {service}/{rpc.name}"
    lines = [json.dumps(message) for message in messages_of(example)]
    if len(lines) > 1:
        return "\n".join([f"grpcurl -plaintext {token}-d @ {target} <<END", *lines, "END"])
    data = lines[0].replace("'", r"'\''")
    given = "" if data == "{}" else f"-d '{data}' "
    return f"grpcurl -plaintext {token}{given}{target}"
