"""Mailed tokens, and what they do to an account."""
