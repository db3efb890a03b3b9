"""What is done with many assets at once: batches, moves of folders, renames of labels."""
