"""Proves that stored files are whole, and finds what belongs to nobody."""
