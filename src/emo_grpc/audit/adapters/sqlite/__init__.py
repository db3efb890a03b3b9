"""The audit trail on SQLite."""
