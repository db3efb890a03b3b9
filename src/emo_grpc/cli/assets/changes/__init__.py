"""Changes of many assets at once."""
