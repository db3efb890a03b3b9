"""Assets and uploads as documents."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.assets.adapters.documents.asset import asset_from_document, asset_to_document, current_asset
from emo_grpc.assets.adapters.documents.projections import asset_view, download_view
from emo_grpc.assets.adapters.documents.upload import upload_from_document, upload_to_document
from emo_grpc.assets.adapters.documents.values import dump
from emo_grpc.assets.adapters.queries.listing import listing_of
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent, WrappedKey
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.entrypoints.present import asset_message, file_message
from emo_grpc.shared.adapters.schema_versions import UNREADABLE, UnknownSchemaVersion
from emo_grpc.shared.domain.ids import UserId

PAST = Path(__file__).parents[2] / "fixtures" / "documents"
NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
ASSET_ID = AssetId(UUID("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"))
OWNERS = (UserId(UUID(int=1)), UserId(UUID(int=2)))
BLOB_KEY = BlobKey(UUID(int=3))
WRAPPED = WrappedKey("0011223344556677", b"\x00\xff wrapped")

PENDING = Asset(
    version=1,
    asset_id=ASSET_ID,
    owner_ids=OWNERS[:1],
    description=Description(title="The lake"),
    file=File(name="lake.jpg"),
    create_time=NOW,
    update_time=NOW,
)
READY = Asset(
    version=7,
    asset_id=ASSET_ID,
    owner_ids=OWNERS,
    description=Description(
        title="Züri 🙂",
        description="two\nlines",
        tags=("lake", "été"),
        people=("Ann",),
        location="Zürich",
        event_date=datetime(1931, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
        bookmarked=True,
        extra_private=True,
        folder="Été/1931",
        event_precision=DatePrecision.DAY,
        event_zone="Europe/Zurich",
    ),
    file=File(name="a “b” \\ c.mp4", content_type="video/mp4", size_bytes=1 << 40, crc32c=0xFFFFFFFF),
    create_time=NOW,
    update_time=NOW + timedelta(microseconds=1),
    state=AssetState.READY,
    content=StoredContent(BLOB_KEY, Manifest(1 << 40, 128 << 20, 0xFFFFFFFF), WRAPPED),
    delete_time=NOW + timedelta(days=1),
    purge_time=NOW + timedelta(days=31),
)
READY_AT_TOP = replace(
    READY,
    description=replace(READY.description, folder="", event_precision=DatePrecision.SECOND, event_zone=""),
    delete_time=None,
    purge_time=None,
)
"""As releases without folders, precision of dates and trash knew it."""
UPLOAD = Upload(
    version=9,
    asset_id=ASSET_ID,
    owner_ids=OWNERS,
    declared_size=20 << 20,
    part_size=8 << 20,
    blob_key=BLOB_KEY,
    upload_handle="handle/1",
    wrapped_key=WRAPPED,
    create_time=NOW,
    expire_time=NOW + timedelta(days=7),
    generation=3,
    persisted_size=16 << 20,
    part_count=2,
    crc32c=0xDEADBEEF,
    is_closed=True,
)


@pytest.mark.parametrize("asset", [PENDING, READY], ids=["pending", "ready"])
def test_an_asset_survives(asset: Asset) -> None:
    """Every field comes back from the stored text."""
    assert asset_from_document(json.loads(dump(asset_to_document(asset))), asset.version) == asset


def test_an_upload_survives() -> None:
    """Every field comes back from the stored text, but the receipts, which are stored apart."""
    upload = replace(UPLOAD, new_receipts=["a"])
    assert upload_from_document(json.loads(dump(upload_to_document(upload))), 9) == UPLOAD


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        *((f"asset-v{version}-pending", PENDING) for version in (1, 2, 3)),
        *((f"asset-v{version}-ready", READY_AT_TOP) for version in (1, 2)),
        ("asset-v3-ready", READY),
    ],
)
def test_past_assets_stay_readable(name: str, asset: Asset) -> None:
    """A document as an earlier release wrote it reads as the same asset."""
    assert asset_from_document(json.loads((PAST / f"{name}.json").read_text()), asset.version) == asset


def test_past_uploads_stay_readable() -> None:
    """A document as an earlier release wrote it reads as the same upload."""
    assert upload_from_document(json.loads((PAST / "upload-v1.json").read_text()), 9) == UPLOAD


def test_what_is_written_now_is_the_current_version() -> None:
    """The newest fixtures are what this release writes, so a change of the shape needs a new schema version."""
    assert asset_to_document(READY) == json.loads((PAST / "asset-v3-ready.json").read_text())
    assert asset_to_document(PENDING) == json.loads((PAST / "asset-v3-pending.json").read_text())
    assert upload_to_document(UPLOAD) == json.loads((PAST / "upload-v1.json").read_text())


def test_documents_of_a_later_release_are_refused() -> None:
    """Rather than to misread it, a document of an unknown version raises."""
    later: dict[str, object] = {**asset_to_document(PENDING), "schema_version": 4}
    with pytest.raises(UnknownSchemaVersion, match="version 4"):
        asset_from_document(later, 1)
    with pytest.raises(UnknownSchemaVersion):
        upload_from_document(later, 1)


@pytest.mark.parametrize("asset", [PENDING, READY], ids=["pending", "ready"])
def test_a_flipped_bit_is_damage_or_goes_unnoticed(asset: Asset) -> None:
    """Whichever bit of a stored asset flips, it is told to be damaged, or can be shown, changed and stored again."""
    text = bytearray(dump(asset_to_document(asset)).encode())
    unreadable = 0
    for bit in range(len(text) * 8):
        text[bit // 8] ^= 1 << bit % 8
        try:
            read = asset_from_document(json.loads(bytes(text)), 1)
            view = asset_view(current_asset(json.loads(bytes(text))), 1)
            download = download_view(current_asset(json.loads(bytes(text))))
        except UNREADABLE:
            unreadable += 1
        else:
            asset_message(view).SerializeToString()
            file_message(download.file).SerializeToString()
            dump(asset_to_document(read)).encode()
            listing_of(read)
        text[bit // 8] ^= 1 << bit % 8
    assert 0.2 < unreadable / (len(text) * 8) < 0.9


def test_a_flipped_bit_of_an_upload_is_damage_or_goes_unnoticed() -> None:
    """As of an asset."""
    text = bytearray(dump(upload_to_document(UPLOAD)).encode())
    for bit in range(len(text) * 8):
        text[bit // 8] ^= 1 << bit % 8
        with suppress(*UNREADABLE):
            dump(upload_to_document(upload_from_document(json.loads(bytes(text)), 1))).encode()
        text[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("description.title", "\ud800"),
        ("description.people", "Ann"),
        ("description.people", ["\udfff"]),
        ("description.event_date", "2026-03-04T05:06:07"),
        ("description.bookmarked", 1),
        ("file.size_bytes", -1),
        ("file.size_bytes", 1 << 63),
        ("file.size_bytes", True),
        ("file.crc32c", 1 << 32),
        ("file.name", "\ud800"),
        ("create_time", "0001-01-01T00:00:00+20:00"),
        ("content.manifest.part_size", -1),
        ("owner_ids", [7]),
        ("content", {}),
    ],
)
def test_what_no_message_could_carry_is_damage(path: str, value: object) -> None:
    """It is found when it is read, and not later by whoever shows it."""
    document: dict[str, Any] = json.loads(dump(asset_to_document(READY)))
    *outer, name = path.split(".")
    inner = document
    for each in outer:
        inner = inner[each]
    inner[name] = value
    with pytest.raises(UNREADABLE):
        asset_from_document(document, 1)


def test_what_was_stored_is_not_checked_again() -> None:
    """A text that is longer than today's limit stays readable."""
    document = asset_to_document(PENDING)
    document["description"]["title"] = "x" * 1000
    document["file"]["name"] = "x" * 1000
    assert len(asset_from_document({**document}, 1).description.title) == 1000


@given(st.datetimes(timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))))
def test_times_are_kept_to_the_microsecond(time: datetime) -> None:
    """Whatever its zone, the same instant comes back in UTC."""
    if not datetime(1, 1, 2) <= time.replace(tzinfo=None) < datetime(9999, 12, 31):  # noqa: DTZ001 - as drawn
        return  # not a time in UTC
    asset = replace(PENDING, update_time=time)
    read = asset_from_document(json.loads(dump(asset_to_document(asset))), 1).update_time
    assert (read, read.utcoffset()) == (time, timedelta(0))
