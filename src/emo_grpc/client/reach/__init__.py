"""Finds out why servers are not reached."""
