"""Assets and uploads on SQLite."""
