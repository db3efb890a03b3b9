"""Encryption of files and of their keys."""
