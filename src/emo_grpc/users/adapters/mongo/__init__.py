"""Accounts and sessions on MongoDB."""
