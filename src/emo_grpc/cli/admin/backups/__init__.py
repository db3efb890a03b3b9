"""`emo admin backup`, `backups` and `restore`."""
