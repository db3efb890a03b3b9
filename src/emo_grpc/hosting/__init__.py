"""Processes that run the service."""
