"""Which requests of an owner share their request ids: the scopes of this context (see IdempotencyKey)."""

from enum import StrEnum

from emo_grpc.shared.domain.ids import UserId


class Requests(StrEnum):
    """The kinds of requests, by the names under which their results are stored."""

    CREATE = "CreateAsset"
    BATCH = "BatchAssets"
    MOVE = "MoveFolder"
    EMPTY_TRASH = "EmptyTrash"


def scope_of(requests: Requests, owner_id: UserId) -> str:
    """That of one kind; MOVE is also that of renames of labels, and of the batches in which both go on."""
    return f"{requests} {owner_id}"


def all_scopes(owner_id: UserId) -> tuple[str, ...]:
    """Those of all kinds: what is remembered of an owner's requests."""
    return tuple(scope_of(requests, owner_id) for requests in Requests)
