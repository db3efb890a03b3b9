"""What all contexts need of SQLite."""
