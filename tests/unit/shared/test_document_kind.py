"""What every kind of stored aggregate can do."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from emo_grpc.assets.adapters.documents.asset import ASSET
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.ids import UserId

ID = AssetId(UUID(int=7))


def an_asset() -> Asset:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    return Asset.create(asset_id=ID, owner_id=UserId.new(), description=Description("x"), file=File("x"), now=now)


@pytest.mark.parametrize("key", [str(ID), ID.value.bytes, ID.value])
def test_an_id_is_known_in_every_form(key: str | bytes | UUID) -> None:
    """As text, as 16 bytes and as a UUID."""
    assert ASSET.id_from(key) == ID


@pytest.mark.parametrize(("key", "found"), [(UUID(int=9).bytes, UUID(int=9)), (b"damaged", ID.value), ("9", ID.value)])
def test_the_id_is_that_of_the_record(key: str | bytes, found: UUID) -> None:
    """It counts more than that in the document, unless it is damaged itself."""
    assert ASSET.under(key, an_asset()).asset_id == AssetId(found)


def test_only_a_whole_one_is_given() -> None:
    """What is not there and what is damaged are told apart."""
    asset = an_asset()
    assert ASSET.whole(asset) is asset
    with pytest.raises(AssetNotFound):
        ASSET.whole(None)
    with pytest.raises(AssetRecordCorrupt, match="damaged") as caught:
        ASSET.whole(DamagedAsset(version=1, asset_id=ID, owner_ids=(), blob_key=None))
    assert caught.value.metadata == {"asset_id": str(ID)}
