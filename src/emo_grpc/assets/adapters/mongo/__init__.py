"""Assets and uploads on MongoDB."""
