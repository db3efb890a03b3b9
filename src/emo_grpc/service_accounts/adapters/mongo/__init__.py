"""Service accounts on MongoDB."""
