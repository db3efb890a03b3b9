"""The ports, each on one technology."""
