"""The entry point of the client."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

import google_crc32c
import grpc

from emo.assets.v1.assets_pb2 import Asset
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client.assets import AssetsApi
from emo_grpc.client.audit import AuditApi
from emo_grpc.client.calls import Calls
from emo_grpc.client.channel import Tls, open_channel
from emo_grpc.client.credentials import Credentials, CredentialsStore, MemoryCredentialsStore
from emo_grpc.client.errors import ChecksumMismatch
from emo_grpc.client.reach.reach import Reach
from emo_grpc.client.retries import RetryPolicy
from emo_grpc.client.server import ServerApi
from emo_grpc.client.service_accounts import ServiceAccountsApi
from emo_grpc.client.service_session import GivenToken, ServiceLogin, instead_of_login
from emo_grpc.client.session import Session, utc_now
from emo_grpc.client.transfers.descriptions import describe_source
from emo_grpc.client.transfers.download import ByteRange, Download, DownloadRpcs
from emo_grpc.client.transfers.download_path import path_of_download
from emo_grpc.client.transfers.file_receiver import DownloadResult, FileReceiver
from emo_grpc.client.transfers.freed_memory import keep_freed_memory
from emo_grpc.client.transfers.progress import OnProgress, ignore_progress
from emo_grpc.client.transfers.sources import ByteSource, opened
from emo_grpc.client.transfers.upload import Upload, UploadResult, UploadRpcs
from emo_grpc.client.users import UsersApi

WHOLE: Final = ByteRange()


class EmoClient:
    """The connections to a service, on behalf of one user, or of another backend. Every method raises EmoClientError.

    `users`, `assets`, `audit`, `service_accounts` and `server` have a method for each unary RPC; transfers and login
    are here. Use it as an async context manager, or call `close`. The first one makes glibc keep more (freed_memory).
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        store: CredentialsStore | None = None,
        *,
        retries: RetryPolicy | None = None,
        locale: str = "",
        instead: ServiceLogin | GivenToken | None = None,
        reach: Reach | None = None,
    ) -> None:
        keep_freed_memory()
        self._channel = channel
        self._store = store or MemoryCredentialsStore()
        self._retries = retries or RetryPolicy()
        users, on_wait = UsersServiceStub(channel), self._retries.on_wait
        self._login = Session(users, self._store, on_wait=on_wait)
        self._session = instead.source(users, on_wait) if instead else self._login
        calls = self._calls = Calls(self._session, locale=locale, on_wait=on_wait, reach=reach)
        self._uploads, self._downloads = UploadRpcs.on(channel, calls), DownloadRpcs.on(channel, calls)
        self.users = UsersApi(channel, calls, self._store)
        self.assets = AssetsApi(channel, calls)
        self.audit = AuditApi(channel, calls)
        self.service_accounts = ServiceAccountsApi(channel, calls)
        self.server = ServerApi(channel, calls)

    @classmethod
    def connect(
        cls,
        target: str,
        store: CredentialsStore | None = None,
        *,
        tls: Tls | None = None,
        insecure: bool = False,
        retries: RetryPolicy | None = None,
        locale: str = "",
        service_key: str = "",
        for_user: str = "",
        access_token: str = "",
        connections: int = 1,
    ) -> Self:
        """Prepare a connection to `target`: `host:port`, or replicas as `ip:port,ip:port` or `dns:///host:port`.

        Calls and streams are shared out among the replicas, and go on at another when one dies. Loopback targets are
        spoken to in plaintext, any other by TLS with the system's certificates, unless `tls` or `insecure` says
        otherwise. `store` keeps the login; by default this process's memory. `locale` (BCP 47) is the language of the
        errors' sentences. At most `connections` to each server are made, as calls at the same time need them.

        A backend gives a `service_key` in place of a login, and `for_user`, an id or a username, to call for a user: it
        is exchanged for access tokens as they are needed. Or it gives an `access_token` that it keeps alive itself.
        Raises OSError when a file of `tls` can't be read, and ValueError as open_channel does.
        """
        instead = instead_of_login(service_key, for_user, access_token)
        channel = open_channel(target, tls=tls, insecure=insecure, connections=connections)
        reach = Reach(target, tls, insecure=insecure)
        return cls(channel, store, retries=retries, locale=locale, instead=instead, reach=reach)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection; the login stays in the store."""
        await self._session.close()
        await self._channel.close()

    async def login(self, identifier: str, password: str, *, device_id: str = "") -> str:
        """Begin a session and keep its tokens; `identifier` is a username or an e-mail address. Gives the user's id."""
        device_token = await self._store.device_token(identifier)
        answer = await self.users.login_on_device(identifier, password, device_id=device_id, device_token=device_token)
        await self._login.begin(Credentials.from_tokens(answer.tokens, utc_now()))
        await self._store.keep_device_token(identifier, answer.device_token)
        return answer.tokens.user_id

    async def logout(self) -> None:
        """End the session, here in any case, and at the server if it answers."""
        credentials = await self._store.load()
        await self._store.clear()
        if credentials is not None:
            await self.users.logout(credentials.refresh_token)

    async def upload(
        self,
        source: Path | ByteSource,
        asset: Asset | None = None,
        *,
        request_id: str = "",
        on_progress: OnProgress = ignore_progress,
    ) -> UploadResult:
        """Make an asset and send its file; what `asset` leaves out is filled in from a path's name.

        `request_id` (a UUID; random by default) makes one asset of this call and of its repetition. Raises OSError too.
        """
        is_new = not request_id  # a repetition may find bytes at the server
        request_id = request_id or str(uuid4())
        async with opened(source) as file:
            described = describe_source(source, file.size_bytes, asset)
            asset_id = await self.assets.create(described, request_id=request_id)
            return await self._upload(asset_id, file, on_progress, is_new=is_new)

    async def resume_upload(
        self,
        asset_id: str,
        source: Path | ByteSource,
        *,
        on_progress: OnProgress = ignore_progress,
        is_new: bool = False,
    ) -> UploadResult:
        """Send what an existing asset's file still lacks; one that `is_new` lacks all of it. Also raises OSError."""
        async with opened(source) as file:
            return await self._upload(asset_id, file, on_progress, is_new=is_new)

    async def download(
        self,
        asset_id: str,
        target: Path,
        wanted: ByteRange = WHOLE,
        *,
        overwrite: bool = False,
        is_folder: bool = False,
        on_progress: OnProgress = ignore_progress,
    ) -> DownloadResult:
        """Receive an asset's file, or a range of it, into `target`; into a folder under the name it was uploaded with.

        `is_folder` makes the folder if it is missing. A whole file's download that was interrupted goes on where it
        was. The target appears when all is there, checked and safe. Raises TargetExists unless `overwrite`,
        ChecksumMismatch; also OSError.
        """
        file = await self.assets.ready_file(asset_id)
        path = await asyncio.to_thread(path_of_download, target, file.name, asset_id, is_folder=is_folder)
        download = Download(self._downloads, asset_id, file, self._retries)
        async with self._calls.telling():
            return await FileReceiver(download, asset_id, file, wanted).receive(path, on_progress, overwrite=overwrite)

    async def download_chunks(self, asset_id: str, wanted: ByteRange = WHOLE) -> AsyncGenerator[bytes, None]:
        """The bytes of an asset's file, or a range of it, each chunk checked, going on after interruptions.

        Raises ChecksumMismatch after the last byte of a whole file if all together are not what its checksum says.
        """
        file = await self.assets.ready_file(asset_id)
        download = Download(self._downloads, asset_id, file, self._retries)
        end, crc32c = wanted.end_in(file.size_bytes), 0
        async with self._calls.telling(), aclosing(download.chunks(wanted.offset, end)) as chunks:
            async for data in chunks:
                crc32c = google_crc32c.extend(crc32c, data)
                yield data
        # The server compares only what it sends in one stream.
        if end - wanted.offset == file.size_bytes and crc32c != file.crc32c:
            raise ChecksumMismatch("the file arrived damaged", reason="FILE_CHECKSUM_MISMATCH")

    async def _upload(self, asset_id: str, source: ByteSource, progress: OnProgress, *, is_new: bool) -> UploadResult:
        async with self._calls.telling():
            return await Upload(self._uploads, asset_id, source, progress, self._retries).run(is_new=is_new)
