"""What is done with many assets at once."""
