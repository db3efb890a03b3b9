"""Accounts and sessions on SQLite."""
