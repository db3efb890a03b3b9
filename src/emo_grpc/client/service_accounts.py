"""The RPCs of ServiceAccountsService."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo.service_accounts.v1.service_accounts_pb2_grpc import ServiceAccountsServiceStub
from emo_grpc.client.calls import Calls


class ServiceAccountsApi:
    """Typed calls, for administrators; every one raises EmoClientError. The contract says what each field means."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls) -> None:
        self._stub = ServiceAccountsServiceStub(channel)
        self._calls = calls

    async def create(self, account: pb.ServiceAccount, *, request_id: str = "") -> str:
        """CreateServiceAccount; gives its id. Makes one account, also when it is sent again."""
        request = pb.CreateServiceAccountRequest(service_account=account, request_id=request_id or str(uuid4()))
        return (await self._calls.authorized(self._stub.CreateServiceAccount, request)).service_account_id

    async def get(self, service_account_id: str) -> pb.ServiceAccount:
        """GetServiceAccount."""
        request = pb.GetServiceAccountRequest(service_account_id=service_account_id)
        return (await self._calls.authorized(self._stub.GetServiceAccount, request)).service_account

    async def list(self, *, page_size: int = 0, page_token: str = "") -> pb.ListServiceAccountsResponse:
        """ListServiceAccounts; one page."""
        request = pb.ListServiceAccountsRequest(page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListServiceAccounts, request)

    async def update(self, account: pb.ServiceAccount, paths: Sequence[str] = ()) -> None:
        """UpdateServiceAccount; `paths` are the fields to change, empty = all that are set."""
        request = pb.UpdateServiceAccountRequest(service_account=account, update_mask=FieldMask(paths=paths))
        await self._calls.authorized(self._stub.UpdateServiceAccount, request)

    async def remove(self, service_account_id: str) -> None:
        """RemoveServiceAccount."""
        request = pb.RemoveServiceAccountRequest(service_account_id=service_account_id)
        await self._calls.authorized(self._stub.RemoveServiceAccount, request)

    async def create_key(
        self, service_account_id: str, expire_time: datetime | None = None
    ) -> pb.CreateServiceKeyResponse:
        """CreateServiceKey; the key is in the answer, and never again. `expire_time` is aware, None = never."""
        request = pb.CreateServiceKeyRequest(service_account_id=service_account_id)
        if expire_time is not None:
            request.expire_time.FromDatetime(expire_time)
        return await self._calls.authorized(self._stub.CreateServiceKey, request)

    async def revoke_key(self, service_account_id: str, key_id: str) -> None:
        """RevokeServiceKey."""
        request = pb.RevokeServiceKeyRequest(service_account_id=service_account_id, key_id=key_id)
        await self._calls.authorized(self._stub.RevokeServiceKey, request)
