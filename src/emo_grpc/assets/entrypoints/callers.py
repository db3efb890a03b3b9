"""Who calls, and about which asset."""

from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import Principal
from emo_grpc.shared.entrypoints.call import current_call, current_principal

NOBODY: Final = UserId(UUID(int=0))


def owner() -> UserId:
    """The user whose assets a call is about."""
    return current_principal().user_id


def viewer() -> UserId:
    """Who sees the extra private assets of theirs in a list of everybody's; a service, which may read it, owns none."""
    caller = current_call().caller
    return caller.user_id if isinstance(caller, Principal) else NOBODY


def asset_id_of(text: str) -> AssetId:
    """The id in the field `asset_id`; raises InvalidArgument."""
    return AssetId.parse(text, "asset_id")
