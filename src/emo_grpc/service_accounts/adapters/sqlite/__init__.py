"""Service accounts on SQLite."""
