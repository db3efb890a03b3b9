"""Proves that stored files are whole, and finds what no record refers to."""
