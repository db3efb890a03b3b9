"""Errors on their way to the caller."""
