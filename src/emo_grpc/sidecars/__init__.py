"""What other programs write beside people's files, read as it is given: without a server, and trusting nothing."""
