"""What the operator does with accounts."""
