"""Uploads, from their start to a visible file."""
