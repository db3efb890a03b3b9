"""Accounts and sessions in memory."""
