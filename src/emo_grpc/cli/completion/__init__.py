"""What a shell offers after the tab key."""
