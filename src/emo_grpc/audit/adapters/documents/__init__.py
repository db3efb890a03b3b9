"""Entries as documents, the same in every database."""
