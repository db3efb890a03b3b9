"""What an asset is found by, on MongoDB."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.queries.listing import COUNTED_ONLY, Facet, Listing
from emo_grpc.assets.adapters.queries.terms import terms_of, texts_of
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.times import microseconds

ALL_OWNERS: Final = "*"
"""Stands for an owner in the lists over all users; no user's id is like that."""


def whole_list(owner_id: object) -> str:
    """The list of all assets of an owner, or of ALL_OWNERS."""
    return str(owner_id)


def trash_list(owner_id: object) -> str:
    """The list of all that is in the trash of an owner, or of ALL_OWNERS; it is not narrowed."""
    return f"trash {owner_id}"


def narrowed_list(owner_id: object, facet: Facet) -> str:
    """The list of those that have a facet; neither an owner nor the name of a facet has a space."""
    name, value = facet
    return f"{owner_id} {name} {value}"


def word_list(owner_id: object, word: str) -> str:
    """The list of an owner's assets that have a word."""
    return f"{owner_id} {word}"


def place(key: str | int, asset_id: UUID) -> Document:
    """Where an asset stands in an order. MongoDB compares documents field by field, in this order."""
    return {"at": key, "id": asset_id}


def found_by(asset: Asset, listing: Listing) -> Document:
    """The fields that list queries look at."""
    terms = terms_of(texts_of(asset))
    return {
        "owner_ids": [owner_id.value for owner_id in asset.owner_ids],
        "extra_private": listing.extra_private,
        "found_by": [name for owner in (ALL_OWNERS, *asset.owner_ids) for name in _lists_of(owner, asset, listing)],
        "order": {field.value: place(key, asset.asset_id.value) for field, key in listing.sort_keys.items()},
        "event_day": listing.event_day,
        "words": [] if asset.is_in_trash else _word_lists(asset, terms.words),
        "terms": list(terms.terms),
        **_purge_time(asset),
    }


def _lists_of(owner: object, asset: Asset, listing: Listing) -> list[str]:
    if asset.is_in_trash:
        return [trash_list(owner)]
    return [
        whole_list(owner),
        *(narrowed_list(owner, facet) for facet in sorted(listing.facets) if facet[0] not in COUNTED_ONLY),
    ]


def _word_lists(asset: Asset, words: Iterable[str]) -> list[str]:
    return [word_list(owner, word) for owner in asset.owner_ids for word in sorted(words)]


def _purge_time(asset: Asset) -> Document:
    return {} if asset.purge_time is None else {"purge_time": microseconds(asset.purge_time)}
