"""Service accounts of a vault, and what they get for their keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import grpc

from emo.users.v1 import users_pb2 as pb
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.service_accounts.domain.commands import CreateServiceAccount, CreateServiceKey
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission
from rpc.vault import Metadata, Vault


@dataclass
class Backend:
    """One with a key."""

    vault: Vault
    actor: ActorId
    key_id: ServiceKeyId
    key: str
    channel: grpc.aio.Channel

    @classmethod
    async def of(
        cls, vault: Vault, *permissions: ServicePermission, name: str = "printer", networks: Iterable[str] = ()
    ) -> "Backend":
        bus = vault.parts.contexts.service_accounts.bus
        allowed = tuple(map(ip_network, networks))
        actor = await bus.handle(CreateServiceAccount(name=name, permissions=frozenset(permissions), networks=allowed))
        key = await bus.handle(CreateServiceKey(service_account_id=actor))
        return cls(vault, actor, key.key_id, key.text, vault.channel())

    async def exchange(self, **fields: Any) -> pb.ExchangeTokenResponse:
        # Any: grpc's stub types say nothing of awaiting.
        stub: Any = UsersServiceStub(self.channel)
        answer: pb.ExchangeTokenResponse = await stub.ExchangeToken(pb.ExchangeTokenRequest(**fields))
        return answer

    async def own_token(self, *scopes: str) -> str:
        kind = pb.TOKEN_TYPE_SERVICE_KEY
        answer = await self.exchange(subject_token=self.key, subject_token_type=kind, scopes=scopes)
        return answer.access_token

    async def token_for(self, user_id: str, *scopes: str) -> str:
        kind = pb.TOKEN_TYPE_SERVICE_KEY
        answer = await self.exchange(user_id=user_id, actor_token=self.key, actor_token_type=kind, scopes=scopes)
        return answer.access_token


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)
