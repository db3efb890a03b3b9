"""What is brought in from exports, ours and those of others."""
