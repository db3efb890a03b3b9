"""What is written of an asset: its record, and what it adds to the counters of its owners."""

from emo_grpc.assets.adapters.documents.asset import asset_to_document
from emo_grpc.assets.adapters.mongo.contribution import Contribution
from emo_grpc.assets.adapters.mongo.facet_counters import KNOWN_DATE
from emo_grpc.assets.adapters.mongo.listing import found_by
from emo_grpc.assets.adapters.queries.listing import known_date_of, listing_of
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.shared.adapters.mongo.documents import Document


def contribution_of(asset: Asset, reserved_bytes: int) -> Contribution:
    """What it adds to these counters."""
    return Contribution.of(asset, reserved_bytes, asset.metadata_bytes, asset.description.folder)


def record_of(asset: Asset, reserved_bytes: int) -> Document:
    """How an asset is stored, less what the counters of its owners take of it."""
    listing = listing_of(asset)
    return {
        "_id": asset.asset_id.value,
        "version": asset.version + 1,
        "document": asset_to_document(asset),
        "declared_bytes": listing.declared_bytes,
        "reserved_bytes": reserved_bytes,
        "metadata_bytes": asset.metadata_bytes,
        KNOWN_DATE: known_date_of(asset.description),
        **found_by(asset, listing),
        **_content_columns(asset),
    }


def _content_columns(asset: Asset) -> Document:
    content = asset.content
    if content is None:
        return {}
    return {"blob_key": content.blob_key.value, "kek_id": content.wrapped_key.kek_id}
