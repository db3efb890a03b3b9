"""Identifiers of this context."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import Identifier


@dataclass(frozen=True, slots=True, order=True)
class AssetId(Identifier):
    """Which asset."""


@dataclass(frozen=True, slots=True, order=True)
class BlobKey(Identifier):
    """Which object of the blob store. Every upload that begins anew gets a new one."""
