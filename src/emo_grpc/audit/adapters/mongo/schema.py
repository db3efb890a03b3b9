"""The collections of this context are in shared/adapters, for every unit of work adds to them."""

from typing import Final

from emo_grpc.shared.adapters.mongo.audit import INDEXES as TRAIL_INDEXES

INDEXES: Final = TRAIL_INDEXES
