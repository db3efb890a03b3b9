"""Wraps what is watched. Where nothing watches, nothing is wrapped."""
