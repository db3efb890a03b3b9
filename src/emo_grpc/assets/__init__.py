"""Emotional assets and their files."""
