"""A small server that keeps the rules of the contract, and breaks down on demand."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Never
from uuid import uuid4

import google_crc32c
import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2
from emo.server.v1 import server_pb2
from emo.service_accounts.v1 import service_accounts_pb2
from emo.users.v1 import users_pb2

PART_BYTES = 1_500_000  # on purpose no multiple of a chunk
PASSWORD = "correct horse"


@dataclass
class Failure:
    """A status to end a call with; `after` bytes for streams, `after_calls` that go well for others.

    `drops`: what was received of the file is gone.
    """

    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    reason: str = "ENGINE_UNAVAILABLE"
    message: str = "try again"
    after: int = 0
    after_calls: int = 0
    violations: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    drops: bool = False


@dataclass
class StoredAsset:
    asset: assets_pb2.Asset
    received: bytearray = field(default_factory=bytearray)
    complete: bool = False


@dataclass
class World:
    """What the server knows, and how it is to misbehave: each RPC's failures are used up one by one."""

    assets: dict[str, StoredAsset] = field(default_factory=dict)
    request_ids: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    service_keys: set[str] = field(default_factory=set)
    failures: dict[str, list[Failure]] = field(default_factory=lambda: defaultdict(list))
    corrupt_chunks: list[int] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    batch_room: int = 1000
    """Assets that an answer of BatchGetAssets has room for."""
    moves_left: list[int] = field(default_factory=list)
    """What the next answers of MoveFolder say that remains."""
    found: list[assets_pb2.SearchAssetsResponse] = field(default_factory=list)
    """The pages of any search."""
    corrupt_uploads: int = 0
    download_scripts: list[list[assets_pb2.DownloadAssetResponse | bytes]] = field(default_factory=list)
    silent_streams: int = 0
    hasty_answers: int = 0
    expired: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    device_tokens: list[str] = field(default_factory=list)
    """That came with logins."""
    requests: list[Message] = field(default_factory=list)
    periods: list[tuple[str, int]] = field(default_factory=list)
    remaining: int = 0
    lists: list[assets_pb2.ListAssetsRequest] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    lifetime: timedelta = timedelta(minutes=15)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    sessions: list[str] = field(default_factory=lambda: ["s-1"])
    empty_lists: int = 0
    """How many pages of ListAssets come that hold nothing, before those that do."""
    events: list[audit_pb2.AuditEvent] = field(default_factory=list)
    me: users_pb2.User = field(default_factory=users_pb2.User)
    identities: list[users_pb2.LinkedIdentity] = field(default_factory=list)
    trash_lifetime: timedelta = timedelta(0)
    """0: the server has no trash, and is too old to say so."""

    @property
    def trash(self) -> list[str]:
        """The ids of assets that are there."""
        return [asset_id for asset_id, kept in self.assets.items() if kept.asset.HasField("delete_time")]

    def tokens(self) -> users_pb2.Tokens:
        number = next(self.numbers)
        made = users_pb2.Tokens(user_id="u-1", access_token=f"access-{number}", refresh_token=f"refresh-{number}")
        made.access_expire_time.FromDatetime(datetime.now(UTC) + self.lifetime)
        made.refresh_expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=30))
        self.access.add(made.access_token)
        self.refresh.add(made.refresh_token)
        return made

    def store(self, data: bytes, name: str = "file.bin") -> str:
        """Put a complete asset there."""
        asset_id = str(uuid4())
        file = assets_pb2.File(name=name, size_bytes=len(data), crc32c=google_crc32c.value(data))
        asset = assets_pb2.Asset(asset_id=asset_id, title=name, file=file, state=assets_pb2.ASSET_STATE_READY)
        self.assets[asset_id] = StoredAsset(asset, bytearray(data), complete=True)
        return asset_id


Context = grpc.aio.ServicerContext[Any, Any]


async def fail(context: Context, failure: Failure) -> Never:
    """End the call as emo does, with the details of the richer error model."""
    details: list[Message] = [ErrorInfo(reason=failure.reason, domain="emo", metadata=failure.metadata)]
    if failure.violations:
        violations = [
            BadRequest.FieldViolation(field=name, description=text) for name, text in failure.violations.items()
        ]
        details.append(BadRequest(field_violations=violations))
    if failure.retry_after is not None:
        delay = Duration()
        delay.FromTimedelta(timedelta(seconds=failure.retry_after))
        details.append(RetryInfo(retry_delay=delay))
    packed = []
    for detail in details:
        packed.append(AnyMessage())
        packed[-1].Pack(detail)
    status = Status(code=failure.code.value[0], message=failure.message, details=packed)
    trailers = (("grpc-status-details-bin", status.SerializeToString()), ("x-request-id", "request-7"))
    await context.abort(failure.code, failure.message, trailers)


NOT_FOUND = Failure(grpc.StatusCode.NOT_FOUND, "ASSET_NOT_FOUND", "no such asset")
NOT_THERE = assets_pb2.AssetFailure(code=5, reason="ASSET_NOT_FOUND", message="no such asset")
REFUSED = Failure(grpc.StatusCode.UNAUTHENTICATED, "INVALID_CREDENTIALS", "no such user, or another password")
EXPIRED = Failure(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED", "the token's time is over")
INVALID = Failure(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID", "the token is damaged")
BAD_KEY = Failure(grpc.StatusCode.UNAUTHENTICATED, "SERVICE_KEY_INVALID", "this service key is not valid")
ENDED = Failure(grpc.StatusCode.UNAUTHENTICATED, "SESSION_REVOKED", "the session was ended")
REUSED = Failure(grpc.StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_REUSED", "used before")
CHUNK_DAMAGED = Failure(grpc.StatusCode.DATA_LOSS, "CHUNK_CHECKSUM_MISMATCH", "damaged")
FILE_DAMAGED = Failure(grpc.StatusCode.DATA_LOSS, "FILE_CHECKSUM_MISMATCH", "damaged")
OUT_OF_RANGE = Failure(grpc.StatusCode.OUT_OF_RANGE, "OFFSET_OUT_OF_RANGE", "beyond what is persisted")


class Doors:
    """What all services check first."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def enter(self, rpc: str, context: Context, *, public: bool = False) -> None:
        self.world.calls.append(rpc)
        if not public:
            metadata = dict(context.invocation_metadata() or ())
            token = str(metadata.get("authorization", "")).removeprefix("Bearer ")
            if token in self.world.expired:
                await fail(context, EXPIRED)
            if token not in self.world.access:
                await fail(context, INVALID)
        pending = self.world.failures[rpc]
        if pending and pending[0].after_calls:
            pending[0].after_calls -= 1
        elif pending and not pending[0].after:
            await fail(context, pending.pop(0))

    def otherwise(self, method: MethodDescriptor) -> Callable[[Message, Context], Awaitable[Message]]:
        """The behaviour of an RPC that needs none: it is noted, and answered with nothing."""

        async def answer(request: Message, context: Context) -> Message:
            await self.enter(method.name, context, public=True)
            self.world.requests.append(request)
            return GetMessageClass(method.output_type)()

        return answer

    async def find(self, asset_id: str, context: Context) -> StoredAsset:
        if asset_id not in self.world.assets:
            await fail(context, NOT_FOUND)
        return self.world.assets[asset_id]


class FakeUsers(Doors):
    async def RegisterUser(self, request: users_pb2.RegisterUserRequest, context: Context) -> Any:
        await self.enter("RegisterUser", context, public=True)
        self.world.request_ids[request.request_id] = "u-1"
        self.world.users[request.username] = request.password
        self.world.users[request.email] = request.password
        self.world.me = users_pb2.User(user_id="u-1", username=request.username, email=request.email)
        return users_pb2.RegisterUserResponse(user_id="u-1")

    async def Login(self, request: users_pb2.LoginRequest, context: Context) -> Any:
        await self.enter("Login", context, public=True)
        if self.world.users.get(request.username or request.email) != request.password:
            await fail(context, REFUSED)
        self.world.device_tokens.append(request.device_token)
        device_token = f"device {len(self.world.device_tokens)}"
        return users_pb2.LoginResponse(tokens=self.world.tokens(), device_token=device_token)

    async def ChangePassword(self, request: users_pb2.ChangePasswordRequest, context: Context) -> Any:
        await self.enter("ChangePassword", context)
        self.world.requests.append(request)
        self.world.device_tokens.append(request.device_token)
        return users_pb2.ChangePasswordResponse(device_token=f"device {len(self.world.device_tokens)}")

    async def RefreshTokens(self, request: users_pb2.RefreshTokensRequest, context: Context) -> Any:
        await self.enter("RefreshTokens", context, public=True)
        if request.refresh_token not in self.world.refresh:
            await fail(context, REUSED)
        self.world.refresh.remove(request.refresh_token)
        return users_pb2.RefreshTokensResponse(tokens=self.world.tokens())

    async def ExchangeToken(self, request: users_pb2.ExchangeTokenRequest, context: Context) -> Any:
        await self.enter("ExchangeToken", context, public=True)
        self.world.requests.append(request)
        if (request.subject_token or request.actor_token) not in self.world.service_keys:
            await fail(context, BAD_KEY)
        tokens = self.world.tokens()
        return users_pb2.ExchangeTokenResponse(
            access_token=tokens.access_token,
            expire_time=tokens.access_expire_time,
            user_id=request.user_id or (request.username and f"id of {request.username}"),
        )

    async def Logout(self, request: users_pb2.LogoutRequest, context: Context) -> Any:
        await self.enter("Logout", context, public=True)
        self.world.refresh.discard(request.refresh_token)
        return users_pb2.LogoutResponse()

    async def GetMe(self, _: users_pb2.GetMeRequest, context: Context) -> Any:
        await self.enter("GetMe", context)
        return users_pb2.GetMeResponse(user=self.world.me, identities=self.world.identities)

    async def UpdateMe(self, request: users_pb2.UpdateMeRequest, context: Context) -> Any:
        await self.enter("UpdateMe", context)
        request.update_mask.MergeMessage(request.user, self.world.me)
        return users_pb2.UpdateMeResponse()

    async def ListSessions(self, request: users_pb2.ListSessionsRequest, context: Context) -> Any:
        """One a page."""
        await self.enter("ListSessions", context)
        at, ids = int(request.page_token or 0), self.world.sessions
        session = users_pb2.Session(session_id=ids[at], device_id="laptop", current=at == 0)
        following = str(at + 1) if ids[at + 1 :] else ""
        return users_pb2.ListSessionsResponse(sessions=[session], next_page_token=following)

    async def RevokeSession(self, _: users_pb2.RevokeSessionRequest, context: Context) -> Any:
        await self.enter("RevokeSession", context)
        return users_pb2.RevokeSessionResponse()


class FakeAssets(Doors):
    async def CreateAsset(self, request: assets_pb2.CreateAssetRequest, context: Context) -> Any:
        await self.enter("CreateAsset", context)
        asset_id = self.world.request_ids.get(request.request_id) or str(uuid4())
        if request.request_id:
            self.world.request_ids[request.request_id] = asset_id
        request.asset.asset_id = asset_id
        request.asset.state = assets_pb2.ASSET_STATE_PENDING
        self.world.assets.setdefault(asset_id, StoredAsset(request.asset))
        return assets_pb2.CreateAssetResponse(asset_id=asset_id)

    async def GetUploadStatus(self, request: assets_pb2.GetUploadStatusRequest, context: Context) -> Any:
        await self.enter("GetUploadStatus", context)
        found = await self.find(request.asset_id, context)
        return assets_pb2.GetUploadStatusResponse(persisted_size=len(found.received), complete=found.complete)

    async def CancelUpload(self, request: assets_pb2.CancelUploadRequest, context: Context) -> Any:
        await self.enter("CancelUpload", context)
        (await self.find(request.asset_id, context)).received.clear()
        return assets_pb2.CancelUploadResponse()

    async def UploadAsset(self, requests: AsyncIterator[assets_pb2.UploadAssetRequest], context: Context) -> Any:
        await self.enter("UploadAsset", context)
        pending = self.world.failures["UploadAsset"]
        failure = pending.pop(0) if pending else None
        start = (await anext(requests)).start
        self.world.offsets.append(start.offset)
        found = await self.find(start.asset_id, context)
        if start.offset > len(found.received):
            await fail(context, OUT_OF_RANGE)
        if self.world.silent_streams:
            self.world.silent_streams -= 1
            await asyncio.Event().wait()
        if self.world.hasty_answers:
            self.world.hasty_answers -= 1
            return assets_pb2.UploadAssetResponse(persisted_size=start.offset)
        data = found.received[: start.offset]
        async for request in requests:
            if request.WhichOneof("payload") == "finish":
                return await self._finish(found, data, request.finish, context)
            if google_crc32c.value(request.chunk.data) != request.chunk.crc32c:
                await fail(context, CHUNK_DAMAGED)
            data += request.chunk.data
            found.received = data[: max(len(data) // PART_BYTES * PART_BYTES, start.offset)]
            if failure and len(data) >= failure.after:
                found.received = bytearray() if failure.drops else found.received
                await fail(context, failure)
        return assets_pb2.UploadAssetResponse(persisted_size=len(found.received))

    async def _finish(
        self, found: StoredAsset, data: bytearray, finish: assets_pb2.UploadFinish, context: Context
    ) -> assets_pb2.UploadAssetResponse:
        crc32c = google_crc32c.value(bytes(data))
        if finish.crc32c != crc32c or self.world.corrupt_uploads:
            self.world.corrupt_uploads = max(0, self.world.corrupt_uploads - 1)
            found.received = bytearray()
            await fail(context, FILE_DAMAGED)
        found.received, found.complete = data, True
        found.asset.state = assets_pb2.ASSET_STATE_READY
        found.asset.file.crc32c = crc32c
        found.asset.file.size_bytes = len(data)
        pending = self.world.failures["finish"]
        if pending:
            await fail(context, pending.pop(0))
        return assets_pb2.UploadAssetResponse(persisted_size=len(data), complete=True)

    async def DownloadAsset(
        self, request: assets_pb2.DownloadAssetRequest, context: Context
    ) -> AsyncIterator[assets_pb2.DownloadAssetResponse | bytes]:
        await self.enter("DownloadAsset", context)
        pending = self.world.failures["DownloadAsset"]
        failure = pending.pop(0) if pending else None
        found = await self.find(request.asset_id, context)
        self.world.offsets.append(request.offset)
        if self.world.silent_streams:
            self.world.silent_streams -= 1
            await asyncio.Event().wait()
        if self.world.download_scripts:
            for message in self.world.download_scripts.pop(0):
                yield message
            return
        end = min(len(found.received), request.offset + (request.length or len(found.received)))
        header = assets_pb2.DownloadHeader(file=found.asset.file, offset=request.offset, length=end - request.offset)
        yield assets_pb2.DownloadAssetResponse(header=header)
        for number, start in enumerate(range(request.offset, end, 100_000)):
            if failure and start - request.offset >= failure.after:
                await fail(context, failure)
            data = bytes(found.received[start : min(start + 100_000, end)])
            crc32c = google_crc32c.value(data)
            if number in self.world.corrupt_chunks:
                self.world.corrupt_chunks.remove(number)
                data = bytes([data[0] ^ 1]) + data[1:]
            yield assets_pb2.DownloadAssetResponse(chunk=assets_pb2.DownloadChunk(data=data, crc32c=crc32c))

    async def GetAsset(self, request: assets_pb2.GetAssetRequest, context: Context) -> Any:
        await self.enter("GetAsset", context)
        return assets_pb2.GetAssetResponse(asset=(await self.find(request.asset_id, context)).asset)

    async def ListAssets(self, request: assets_pb2.ListAssetsRequest, context: Context) -> Any:
        await self.enter("ListAssets", context)
        self.world.lists.append(request)
        if self.world.empty_lists:
            self.world.empty_lists -= 1
            return assets_pb2.ListAssetsResponse(next_page_token=request.page_token or "0")
        wanted = set(request.filter.tags)
        kept = [kept.asset for kept in self.world.assets.values() if not kept.asset.HasField("delete_time")]
        found = [asset for asset in kept if wanted <= set(asset.tags)]
        found = [asset for asset in found if _is_in_folder(asset.folder, request.filter)]
        first = int(request.page_token or 0)
        size = request.page_size or 50
        following = str(first + size) if first + size < len(found) else ""
        return assets_pb2.ListAssetsResponse(
            assets=found[first : first + size],
            next_page_token=following,
            unreadable_asset_ids=[] if first else self.world.unreadable,
        )

    async def SearchAssets(self, request: assets_pb2.SearchAssetsRequest, context: Context) -> Any:
        await self.enter("SearchAssets", context)
        self.world.requests.append(request)
        at, pages = int(request.page_token or 0), self.world.found
        page = assets_pb2.SearchAssetsResponse(next_page_token=str(at + 1) if pages[at + 1 :] else "")
        if at < len(pages):
            page.MergeFrom(pages[at])
        return page

    async def UpdateAsset(self, request: assets_pb2.UpdateAssetRequest, context: Context) -> Any:
        await self.enter("UpdateAsset", context)
        found = await self.find(request.asset.asset_id, context)
        request.update_mask.MergeMessage(request.asset, found.asset, replace_repeated_field=True)
        return assets_pb2.UpdateAssetResponse()

    async def DeleteAsset(self, request: assets_pb2.DeleteAssetRequest, context: Context) -> Any:
        await self.enter("DeleteAsset", context)
        await self.find(request.asset_id, context)
        self._delete(self.world.assets[request.asset_id].asset, purges=False)
        return assets_pb2.DeleteAssetResponse()

    async def BatchGetAssets(self, request: assets_pb2.BatchGetAssetsRequest, context: Context) -> Any:
        await self.enter("BatchGetAssets", context)
        self.world.requests.append(request)
        answer = assets_pb2.BatchGetAssetsResponse(unsent_asset_ids=request.asset_ids[self.world.batch_room :])
        for asset_id in request.asset_ids[: self.world.batch_room]:
            if asset_id in self.world.assets:
                answer.results.add(asset_id=asset_id, asset=self.world.assets[asset_id].asset)
            else:
                answer.results.add(asset_id=asset_id, failure=NOT_THERE)
        return answer

    async def BatchUpdateAssets(self, request: assets_pb2.BatchUpdateAssetsRequest, context: Context) -> Any:
        await self.enter("BatchUpdateAssets", context)
        self.world.requests.append(request)

        def change(asset: assets_pb2.Asset) -> None:
            request.update_mask.MergeMessage(
                request.asset, asset, replace_message_field=True, replace_repeated_field=True
            )
            for labels, added, removed in (
                (asset.tags, request.add_tags, request.remove_tags),
                (asset.people, request.add_people, request.remove_people),
            ):
                kept = [label for label in labels if label not in removed]
                labels[:] = dict.fromkeys([*kept, *added])

        return assets_pb2.BatchUpdateAssetsResponse(results=self._each(request.asset_ids, change))

    async def BatchDeleteAssets(self, request: assets_pb2.BatchDeleteAssetsRequest, context: Context) -> Any:
        await self.enter("BatchDeleteAssets", context)
        self.world.requests.append(request)
        return assets_pb2.BatchDeleteAssetsResponse(
            results=self._each(request.asset_ids, partial(self._delete, purges=request.purge))
        )

    def _delete(self, asset: assets_pb2.Asset, *, purges: bool) -> None:
        if self.world.trash_lifetime and not purges:
            asset.delete_time.FromDatetime(datetime(2026, 1, 31, 12, tzinfo=UTC))
            asset.purge_time.FromDatetime(datetime(2026, 1, 31, 12, tzinfo=UTC) + self.world.trash_lifetime)
        else:
            del self.world.assets[asset.asset_id]

    def _each(
        self, asset_ids: Sequence[str], do: Callable[[assets_pb2.Asset], None]
    ) -> Iterator[assets_pb2.AssetResult]:
        for asset_id in asset_ids:
            if found := self.world.assets.get(asset_id):
                do(found.asset)
            yield assets_pb2.AssetResult(asset_id=asset_id, failure=None if found else NOT_THERE)

    async def BatchRestoreAssets(self, request: assets_pb2.BatchRestoreAssetsRequest, context: Context) -> Any:
        await self.enter("BatchRestoreAssets", context)
        self.world.requests.append(request)
        results = self._each(request.asset_ids, lambda asset: asset.ClearField("delete_time"))
        return assets_pb2.BatchRestoreAssetsResponse(results=results)

    async def RestoreAsset(self, request: assets_pb2.RestoreAssetRequest, context: Context) -> Any:
        await self.enter("RestoreAsset", context)
        (await self.find(request.asset_id, context)).asset.ClearField("delete_time")
        return assets_pb2.RestoreAssetResponse()

    async def PurgeAsset(self, request: assets_pb2.PurgeAssetRequest, context: Context) -> Any:
        await self.enter("PurgeAsset", context)
        await self.find(request.asset_id, context)
        del self.world.assets[request.asset_id]
        return assets_pb2.PurgeAssetResponse()

    async def EmptyTrash(self, request: assets_pb2.EmptyTrashRequest, context: Context) -> Any:
        await self.enter("EmptyTrash", context)
        self.world.request_ids[request.request_id] = "emptied"
        gone = self.world.trash[:1]
        for asset_id in gone:
            del self.world.assets[asset_id]
        return assets_pb2.EmptyTrashResponse(purged_count=len(gone), more=bool(self.world.trash))

    async def ListTrash(self, request: assets_pb2.ListTrashRequest, context: Context) -> Any:
        await self.enter("ListTrash", context)
        found = self.world.trash
        first = int(request.page_token or 0)
        size = request.page_size or 50
        return assets_pb2.ListTrashResponse(
            assets=[self.world.assets[asset_id].asset for asset_id in found[first : first + size]],
            next_page_token=str(first + size) if first + size < len(found) else "",
            unreadable_asset_ids=[] if first else self.world.unreadable,
        )

    async def GetAssetStats(self, _: assets_pb2.GetAssetStatsRequest, context: Context) -> Any:
        await self.enter("GetAssetStats", context)
        used = sum(len(kept.received) for kept in self.world.assets.values())
        kinds = [assets_pb2.KindStats(kind=assets_pb2.ASSET_KIND_OTHER, count=len(self.world.assets), bytes=used)]
        return assets_pb2.GetAssetStatsResponse(
            kinds=kinds,
            total_count=len(self.world.assets),
            total_bytes=used,
            used_bytes=used,
            quota_bytes=10**9,
            trash_count=len(self.world.trash),
            trash_bytes=5 * len(self.world.trash),
        )

    async def ListTags(self, _: assets_pb2.ListTagsRequest, context: Context) -> Any:
        await self.enter("ListTags", context)
        return assets_pb2.ListTagsResponse(
            tags=[assets_pb2.TagCount(tag=tag, count=n) for tag, n in self._count("tags")]
        )

    async def ListPlaces(self, _: assets_pb2.ListPlacesRequest, context: Context) -> Any:
        await self.enter("ListPlaces", context)
        found = Counter(kept.asset.location for kept in self.world.assets.values() if kept.asset.location)
        places = [assets_pb2.PlaceCount(location=name, count=count) for name, count in sorted(found.items())]
        return assets_pb2.ListPlacesResponse(places=places)

    async def ListPeople(self, request: assets_pb2.ListPeopleRequest, context: Context) -> Any:
        await self.enter("ListPeople", context)
        first, found = int(request.page_token or 0), self._count("people")
        end = first + (request.page_size or 50)
        people = [assets_pb2.PersonCount(person=person, count=n) for person, n in found[first:end]]
        return assets_pb2.ListPeopleResponse(people=people, next_page_token=str(end) if end < len(found) else "")

    async def RenameTag(self, request: assets_pb2.RenameTagRequest, context: Context) -> Any:
        await self.enter("RenameTag", context)
        for kept in self.world.assets.values():
            tags = [request.new_tag if each == request.tag else each for each in kept.asset.tags]
            kept.asset.tags[:] = dict.fromkeys(tags)
        return assets_pb2.RenameTagResponse(remaining_count=self.world.remaining)

    async def RenamePerson(self, request: assets_pb2.RenamePersonRequest, context: Context) -> Any:
        await self.enter("RenamePerson", context)
        self.world.requests.append(request)
        return assets_pb2.RenamePersonResponse()

    async def GetTimeline(self, request: assets_pb2.GetTimelineRequest, context: Context) -> Any:
        await self.enter("GetTimeline", context)
        self.world.requests.append(request)
        first = int(request.page_token or 0)
        page = self.world.periods[first : first + 2]
        return assets_pb2.GetTimelineResponse(
            periods=[assets_pb2.TimelinePeriod(period=period, count=count) for period, count in page],
            undated_count=3,
            next_page_token=str(first + 2) if self.world.periods[first + 2 :] else "",
        )

    def _count(self, field: str) -> list[tuple[str, int]]:
        labels = (label for kept in self.world.assets.values() for label in getattr(kept.asset, field))
        return Counter(labels).most_common()

    async def GetTagCloud(self, _: assets_pb2.GetTagCloudRequest, context: Context) -> Any:
        await self.enter("GetTagCloud", context)
        return assets_pb2.GetTagCloudResponse(tags=[assets_pb2.TagCount(tag="sea", count=2)])

    async def ListFolders(self, request: assets_pb2.ListFoldersRequest, context: Context) -> Any:
        await self.enter("ListFolders", context)
        paths = {path for kept in self.world.assets.values() for path in _paths(kept.asset.folder)}
        below = sorted(path for path in paths if path and path.rpartition("/")[0] == request.folder)
        if request.folder not in paths | {""}:
            await fail(
                context, Failure(grpc.StatusCode.NOT_FOUND, "FOLDER_NOT_FOUND", message="there is no such folder")
            )
        first, size = int(request.page_token or 0), request.page_size or 50
        return assets_pb2.ListFoldersResponse(
            folders=[self._folder(path) for path in below[first : first + size]],
            next_page_token=str(first + size) if first + size < len(below) else "",
            folder=self._folder(request.folder),
        )

    async def MoveFolder(self, request: assets_pb2.MoveFolderRequest, context: Context) -> Any:
        await self.enter("MoveFolder", context)
        self.world.requests.append(request)
        left = self.world.moves_left.pop(0) if self.world.moves_left else 0
        return assets_pb2.MoveFolderResponse(remaining_count=left)

    def _folder(self, path: str) -> assets_pb2.Folder:
        inside = [kept.asset for kept in self.world.assets.values() if path in _paths(kept.asset.folder)]
        right = [asset for asset in inside if asset.folder == path]
        sizes = [sum(asset.file.size_bytes for asset in some) for some in (inside, right)]
        return assets_pb2.Folder(
            folder=path, count=len(inside), bytes=sizes[0], direct_count=len(right), direct_bytes=sizes[1]
        )


def _paths(folder: str) -> list[str]:
    names = folder.split("/") if folder else []
    return ["/".join(names[:depth]) for depth in range(len(names) + 1)]


def _is_in_folder(folder: str, narrow: assets_pb2.AssetFilter) -> bool:
    if not narrow.HasField("folder") or folder == narrow.folder:
        return True
    return narrow.folder_recursive and (not narrow.folder or folder.startswith(f"{narrow.folder}/"))


class FakeServer(Doors):
    async def GetServerInfo(self, _: server_pb2.GetServerInfoRequest, context: Context) -> Any:
        if not self.world.trash_lifetime:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "")
        info = server_pb2.GetServerInfoResponse(languages=["en", "es", "ca"])
        info.limits.assets.trash_lifetime.FromTimedelta(self.world.trash_lifetime)
        return info


class FakeAudit(Doors):
    async def ListMyActivity(self, request: audit_pb2.ListMyActivityRequest, context: Context) -> Any:
        await self.enter("ListMyActivity", context)
        self.world.requests.append(request)
        first, found = int(request.page_token or 0), self.world.events
        following = first + (request.page_size or 50)
        return audit_pb2.ListMyActivityResponse(
            events=found[first:following],
            next_page_token=str(following) if following < len(found) else "",
            unreadable_event_ids=[] if first else self.world.unreadable,
        )


def _serialize(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()


def _handlers(service: ServiceDescriptor, servicer: Doors) -> grpc.GenericRpcHandler:
    """The RPCs that the fake has; all others answer with nothing."""
    found: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    for method in service.methods:
        behaviour = getattr(servicer, method.name, None) or servicer.otherwise(method)
        kinds = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
        }
        found[method.name] = kinds[method.client_streaming, method.server_streaming](
            behaviour,
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=_serialize,
        )
    return grpc.method_handlers_generic_handler(service.full_name, found)


@asynccontextmanager
async def running(world: World, port: int = 0) -> AsyncIterator[str]:
    """Serve this world on loopback; gives its address."""
    server = grpc.aio.server()
    services = (
        (users_pb2.DESCRIPTOR.services_by_name["UsersService"], FakeUsers(world)),
        (service_accounts_pb2.DESCRIPTOR.services_by_name["ServiceAccountsService"], Doors(world)),
        (assets_pb2.DESCRIPTOR.services_by_name["AssetsService"], FakeAssets(world)),
        (audit_pb2.DESCRIPTOR.services_by_name["AuditService"], FakeAudit(world)),
        (server_pb2.DESCRIPTOR.services_by_name["ServerService"], FakeServer(world)),
    )
    server.add_generic_rpc_handlers([_handlers(service, servicer) for service, servicer in services])
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
