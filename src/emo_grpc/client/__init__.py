"""Typed asyncio client of emo.

    async with EmoClient.connect("localhost:50051") as client:
        await client.login("ann", password)
        sent = await client.upload(Path("beach.mp4"))
        await client.download(sent.asset_id, Path("copy.mp4"))

Transfers go on by themselves after an interruption; access tokens are refreshed by themselves.
"""

from emo_grpc.client.assets import AssetsApi
from emo_grpc.client.audit import AuditApi
from emo_grpc.client.channel import Tls, is_loopback
from emo_grpc.client.credentials import Credentials, CredentialsStore, MemoryCredentialsStore
from emo_grpc.client.emo_client import EmoClient
from emo_grpc.client.errors import (
    ChecksumMismatch,
    EmoClientError,
    FieldViolation,
    NotLoggedIn,
    ProxyAnswered,
    SourceChanged,
    SourceSpent,
    TargetExists,
    Unreachable,
)
from emo_grpc.client.file_credentials import FileCredentialsStore
from emo_grpc.client.obstacles import Obstacle
from emo_grpc.client.retries import OnWait, RetryPolicy
from emo_grpc.client.server import ServerApi
from emo_grpc.client.service_accounts import ServiceAccountsApi
from emo_grpc.client.service_session import ServiceLogin
from emo_grpc.client.transfers.descriptions import describe_file
from emo_grpc.client.transfers.download import ByteRange
from emo_grpc.client.transfers.file_names import safe_file_name
from emo_grpc.client.transfers.file_receiver import DownloadResult
from emo_grpc.client.transfers.progress import OnProgress, Progress
from emo_grpc.client.transfers.sources import ByteSource, BytesSource, open_file
from emo_grpc.client.transfers.stream_source import StreamSource
from emo_grpc.client.transfers.upload import UploadResult
from emo_grpc.client.users import UsersApi

__all__ = [
    "AssetsApi",
    "AuditApi",
    "ByteRange",
    "ByteSource",
    "BytesSource",
    "ChecksumMismatch",
    "Credentials",
    "CredentialsStore",
    "DownloadResult",
    "EmoClient",
    "EmoClientError",
    "FieldViolation",
    "FileCredentialsStore",
    "MemoryCredentialsStore",
    "NotLoggedIn",
    "Obstacle",
    "OnProgress",
    "OnWait",
    "Progress",
    "ProxyAnswered",
    "RetryPolicy",
    "ServerApi",
    "ServiceAccountsApi",
    "ServiceLogin",
    "SourceChanged",
    "SourceSpent",
    "StreamSource",
    "TargetExists",
    "Tls",
    "Unreachable",
    "UploadResult",
    "UsersApi",
    "describe_file",
    "is_loopback",
    "open_file",
    "safe_file_name",
]
