"""Tokens of other parties, and the keys that they are verified with."""
