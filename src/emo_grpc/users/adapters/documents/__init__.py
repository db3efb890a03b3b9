"""Accounts and sessions as documents, the same in every database."""
