"""`emo admin check`."""
