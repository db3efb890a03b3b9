"""Safe repetition of creates (AIP-155)."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from emo_grpc.shared.domain.errors import RequestIdReused
from emo_grpc.shared.domain.ids import RequestId

REMEMBERED_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The result of a request: `scope` says whose and which RPC, `fingerprint` is a SHA-256 of the request, hex."""

    scope: str
    request_id: RequestId
    fingerprint: str
    result_id: str
    expire_time: datetime


class IdempotencyKeys(Protocol):
    """The port of remembered results, inside a unit of work.

    Adding a key whose (scope, request_id) is already there, also by a concurrent unit, raises
    `ConcurrentChange` at the latest at commit. Expired keys may be found until they are swept.
    """

    async def find(self, scope: str, request_id: RequestId) -> IdempotencyKey | None:
        """The remembered result, or None."""
        ...

    async def add(self, key: IdempotencyKey) -> None:
        """Remember a result."""
        ...

    async def after(self, key: IdempotencyKey | None, limit: int) -> list[IdempotencyKey]:
        """The next ones in some order that stays the same; `key` None: the first ones."""
        ...

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` expired ones; gives how many."""
        ...

    async def forget_scope(self, scope: str, limit: int) -> int:
        """Forget up to `limit` of a scope before their time; gives how many."""
        ...

    async def forget_result(self, result_id: str) -> int:
        """Forget those with this result before their time, whatever their scope; gives how many."""
        ...


def fingerprint(*parts: object) -> str:
    """SHA-256, hex, of the reprs of what makes two requests the same.

    Of a dataclass only what is not its default counts, so the same request has the same fingerprint in a release that
    knows more fields.
    """
    return hashlib.sha256(repr(tuple(_reduced(part) for part in parts)).encode()).hexdigest()


def _reduced(part: object) -> object:
    if not is_dataclass(part) or isinstance(part, type):
        return part
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {field.name: _reduced(values[field.name]) for field in fields(part) if values[field.name] != _default(field)}


def _default(field: Field[object]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def request_id_reused(request_id: RequestId) -> RequestIdReused:
    """What a caller is told who sends another request under an id."""
    return RequestIdReused("this request_id was used for a different request", metadata={"request_id": str(request_id)})


async def once(
    keys: IdempotencyKeys,
    *,
    scope: str,
    request_id: RequestId | None,
    request: str,
    now: datetime,
    make: Callable[[], Awaitable[str]],
) -> tuple[str, bool]:
    """Give the first result of this request, making it now if there is none.

    `request` is its fingerprint. Returns (result id, whether it was made now). Raises `RequestIdReused` when the id
    was used for a different request.
    """
    if request_id is None:
        return await make(), True
    known = await keys.find(scope, request_id)
    if known is not None:
        if known.fingerprint != request:
            raise request_id_reused(request_id)
        return known.result_id, False
    result_id = await make()
    await keys.add(IdempotencyKey(scope, request_id, request, result_id, now + REMEMBERED_FOR))
    return result_id, True
