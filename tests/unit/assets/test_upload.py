"""The rules of uploads."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import UploadSuperseded
from emo_grpc.assets.domain.events import UploadDropped
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Fence, Upload
from emo_grpc.shared.domain.aggregate import RecordedEvent
from emo_grpc.shared.domain.ids import UserId

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture
def upload() -> Upload:
    return Upload(
        asset_id=AssetId.new(),
        owner_ids=(UserId(uuid4()),),
        declared_size=0,
        part_size=8,
        blob_key=BlobKey.new(),
        upload_handle="handle",
        wrapped_key=WrappedKey("kek", b"key"),
        create_time=NOW,
        expire_time=NOW,
    )


def checkpoint(upload: Upload, fence: Fence, *, token: str = "a", size: int = 8, is_last: bool = False) -> None:
    upload.checkpoint(fence, token=token, size=size, crc32c=size, is_last=is_last, expire_time=LATER)


def test_a_checkpoint_counts_what_is_stored(upload: Upload) -> None:
    """Sizes add up, receipts stay in order, the checksum is the latest, and the upload lives longer."""
    checkpoint(upload, upload.fence)
    checkpoint(upload, upload.fence, token="b", size=3)
    assert (upload.persisted_size, upload.part_count, upload.crc32c) == (11, 2, 3)
    assert (upload.new_receipts, upload.expire_time, upload.is_closed) == (["a", "b"], LATER, False)


def test_receipts_belong_to_an_upload_as_a_whole(upload: Upload) -> None:
    """One for each part; and who stored the last ones knows them."""
    for token in ("a", "b"):
        checkpoint(upload, upload.fence, token=token)
    assert all(upload.has_receipts(["a", "b"], last) for last in ([], ["b"], ["a", "b"]))
    assert not any(upload.has_receipts(tokens) for tokens in ([], ["a"], ["a", "b", "c"]))
    assert not any(upload.has_receipts(["a", "b"], last) for last in (["a"], ["b", "a"], ["x", "a", "b"]))
    upload.persisted_size -= 1
    assert not upload.has_receipts(["a", "b"])


def test_the_later_stream_wins(upload: Upload) -> None:
    """Who took over goes on, no longer than before; whoever wrote before is refused and changes nothing."""
    upload.take_over()
    earlier = upload.fence
    upload.take_over()
    assert upload.expire_time == NOW
    with pytest.raises(UploadSuperseded):
        checkpoint(upload, earlier)
    assert (upload.persisted_size, upload.part_count, upload.new_receipts) == (0, 0, [])
    checkpoint(upload, upload.fence)


def test_a_stream_of_another_object_is_refused(upload: Upload) -> None:
    """A generation of an upload that began anew is not that of the one before."""
    with pytest.raises(UploadSuperseded):
        upload.check(Fence(BlobKey.new(), upload.generation))
    upload.check(upload.fence)


def test_nothing_follows_the_last_part(upload: Upload) -> None:
    """A closed upload takes no further part, even from its own stream."""
    checkpoint(upload, upload.fence, is_last=True)
    assert upload.is_closed
    with pytest.raises(UploadSuperseded):
        checkpoint(upload, upload.fence)
    assert upload.part_count == 1


def test_a_closed_upload_takes_no_further_part(upload: Upload) -> None:
    """Closing is what ends an upload whose last part nobody knew as the last."""
    checkpoint(upload, upload.fence)
    upload.close()
    with pytest.raises(UploadSuperseded):
        checkpoint(upload, upload.fence)


@pytest.mark.parametrize(("declared", "persisted", "expected"), [(0, 3, 3), (8, 3, 8), (2, 3, 3)])
def test_the_larger_size_counts(upload: Upload, declared: int, persisted: int, expected: int) -> None:
    """What was declared is reserved from the beginning, and what came beyond it counts too."""
    upload.declared_size, upload.persisted_size = declared, persisted
    assert upload.reserved_bytes == expected


def test_a_dropped_upload_says_what_to_abort(upload: Upload) -> None:
    """The event names the object and its handle."""
    upload.drop()
    dropped = UploadDropped(upload.asset_id, upload.blob_key, "handle")
    assert upload.pull_events() == [RecordedEvent(dropped)]
