"""Which commands take turns once they met."""

from uuid import UUID

import pytest

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.batch_commands import (
    AssetReference,
    DeleteAssets,
    PlanBatch,
    PurgeAssets,
    RestoreAssets,
    UpdateAssets,
)
from emo_grpc.assets.domain.commands import (
    AssetChange,
    CancelUpload,
    CheckpointUpload,
    CloseUpload,
    CompleteAtOnce,
    CompleteObject,
    CompleteUpload,
    CreateAsset,
    DeleteAsset,
    RestartUpload,
    StartUpload,
    UpdateAsset,
)
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.trash_commands import EmptyTrash, PurgeAsset, RestoreAsset
from emo_grpc.assets.domain.upload import Fence
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command

ASSETS = AssetId.new(), AssetId.new()
FENCE = Fence(BlobKey.new(), 1)
OWNERS = UserId(UUID(int=1)), UserId(UUID(int=2))


def of_owner(owner: UserId, asset: AssetId) -> list[Command[object]]:
    return [
        CreateAsset(owner, Description(title="x"), File(name="x", size_bytes=1)),
        UpdateAsset(owner, asset, AssetChange()),
        DeleteAsset(owner, asset),
        UpdateAssets(owner, (AssetReference(asset),), None, "", AssetChange()),
        DeleteAssets(owner, (AssetReference(asset),), None, ""),
        PurgeAssets(owner, (AssetReference(asset),), None, ""),
        RestoreAssets(owner, (AssetReference(asset),), None, ""),
        PlanBatch(owner, (asset,), 1, None, ""),
        RestoreAsset(owner, asset),
        PurgeAsset(owner, asset),
        EmptyTrash(owner),
        CancelUpload(owner, asset),
        CompleteUpload(asset, FENCE, owner, b""),
        CompleteAtOnce(asset, FENCE, owner, b"", "token", 1, 1),
    ]


def of_upload(asset: AssetId) -> list[Command[object]]:
    return [
        StartUpload(OWNERS[0], asset, 0),
        CheckpointUpload(asset, FENCE, "token", 1, 1, is_last=True),
        CloseUpload(asset, FENCE),
        CompleteObject(asset, FENCE),
        RestartUpload(asset, FENCE),
    ]


@pytest.mark.parametrize("owner", OWNERS)
def test_an_owner_has_turns_of_his_own(owner: UserId) -> None:
    """What changes an owner's counters takes turns with all that does, and with nothing of another owner."""
    assert {command.subject for asset in ASSETS for command in of_owner(owner, asset)} == {owner}


@pytest.mark.parametrize("asset", ASSETS)
def test_an_upload_has_turns_of_its_own(asset: AssetId) -> None:
    """The steps of one upload take turns, and those of another one go on meanwhile."""
    assert {command.subject for command in of_upload(asset)} == {asset}
