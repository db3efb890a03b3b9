"""The unit of work of this context on SQLite."""

from emo_grpc.assets.adapters.sqlite_schema import SCHEMA

__all__ = ["SCHEMA"]
