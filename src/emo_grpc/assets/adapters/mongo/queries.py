"""Conditions that assets and uploads are chosen by alike, on MongoDB."""

from emo_grpc.shared.adapters.mongo.documents import Document


def wrapped_with_another(kek_id: str) -> Document:
    """Has a data key that is not wrapped with this key-encryption key: two ranges of an index, below and above it."""
    return {"$or": [{"kek_id": {"$lt": kek_id}}, {"kek_id": {"$gt": kek_id}}]}
