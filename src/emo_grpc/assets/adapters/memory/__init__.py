"""Assets and files in memory."""
