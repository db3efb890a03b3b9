"""Encryption that all contexts need."""
